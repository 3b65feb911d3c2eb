"""Pages on which somebody says which column of an office's own files is what, and what the words in them mean."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from beneficiaries.forms import ImportColumnsForm, ImportValuesForm
from beneficiaries.imports.layout import layout_of
from beneficiaries.imports.reading import UnreadableFile
from beneficiaries.imports.reasons import sentence
from beneficiaries.imports.suggesting import suggest_columns
from beneficiaries.imports.template import sheet_of
from beneficiaries.models import ImportBatch
from beneficiaries.queries.import_columns import FILES, FilePreview, look_into, unknown_words
from beneficiaries.services import import_columns as services
from beneficiaries.views.imports import BatchMixin
from ministry.views.mixins import FormPageMixin


class _NamingPage(BatchMixin, FormPageMixin, FormView):
    """A page of an import whose files wait to be explained; any other leads to the import itself."""

    permission_required = "beneficiaries.add_importbatch"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)
        except UnreadableFile as error:
            messages.error(request, sentence(error.reason, {}))
            return redirect(self.batch)

    def get_cancel_url(self) -> str:
        return self.batch.get_absolute_url()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.batch.status != ImportBatch.Status.NAMING:
            return redirect(self.batch)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.batch.status != ImportBatch.Status.NAMING:
            messages.info(request, _("The columns of these files have been named already."))
            return redirect(self.batch)
        return super().post(request, *args, **kwargs)


class ImportColumnsView(_NamingPage):
    """Shows the first rows of both files and asks which column is what."""

    template_name = "beneficiaries/import_columns.html"
    form_class = ImportColumnsForm
    title = gettext_lazy("Which column is what?")
    lead = gettext_lazy("What the headings suggest is chosen already. Look at the first rows and correct it.")
    submit_label = gettext_lazy("Go on")

    @cached_property
    def previews(self) -> list[FilePreview]:
        asked = self.request.POST if self.request.method == "POST" else self.request.GET
        return [look_into(self.batch, file=file, sheet=asked.get(f"{file}_sheet", "")) for file in FILES]

    def get_form_kwargs(self) -> dict[str, Any]:
        today = timezone.localdate()
        suggested = suggest_columns(
            {one.file: one.header for one in self.previews}, {file: sheet_of(file, today=today) for file in FILES}
        )
        for one in self.previews:
            kept = layout_of(self.batch.mapping, one.file)
            if kept.columns:
                known = set(sheet_of(one.file, today=today).names)
                named = [kept.target(name) for name in one.header]
                suggested[one.file] = [target if target in known else "" for target in named]
        return super().get_form_kwargs() | {"previews": self.previews, "suggested": suggested}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        labels: dict[str, str] = {FILES[0]: _("File of households"), FILES[1]: _("File of people")}
        context["parts"] = [
            {
                "preview": one,
                "title": labels[one.file],
                "columns": form.columns_of(one),
                "dates": form[f"{one.file}_dates"],
            }
            for one in self.previews
        ]
        context["has_sheets"] = any(len(one.sheets) > 1 for one in self.previews)
        return context

    def form_valid(self, form: ImportColumnsForm) -> HttpResponse:
        services.name_columns(
            batch=self.batch,
            actor=self.request.user,
            layouts=form.layouts(),
            name=form.cleaned_data["name"],
        )
        return redirect("beneficiaries:import_values", self.batch.pk)


class ImportValuesView(_NamingPage):
    """Asks what words mean that stand where codes are expected; then the files are checked."""

    form_class = ImportValuesForm
    title = gettext_lazy("What do these words mean?")
    lead = gettext_lazy("The first 5,000 rows hold words where the portal has codes. Choose the code for each.")
    submit_label = gettext_lazy("Check the files")

    @cached_property
    def unknown(self) -> dict[str, dict[str, list[tuple[str, int]]]]:
        found = {
            file: unknown_words(self.batch, file=file, layout=layout_of(self.batch.mapping, file)) for file in FILES
        }
        return {file: columns for file, columns in found.items() if columns}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.batch.status == ImportBatch.Status.NAMING and any(file not in self.batch.mapping for file in FILES):
            return redirect("beneficiaries:import_columns", self.batch.pk)
        return super().get(request, *args, **kwargs)

    def get_lead(self) -> Any:
        if self.unknown:
            return self.lead
        return _("Every word that stands where the portal has codes is one of them. The files can be checked.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"unknown": self.unknown}

    def form_valid(self, form: ImportValuesForm) -> HttpResponse:
        services.name_values(batch=self.batch, actor=self.request.user, values=form.values())
        messages.success(self.request, _("The files are being checked. This page shows what is found."))
        return redirect(self.batch)
