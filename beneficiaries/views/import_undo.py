"""Pages of undoing an entered import: one person asks and says why, another agrees or leaves it as it is."""

from typing import Any

from django.contrib import messages
from django.forms import BaseForm, Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import FormView

from beneficiaries.forms import ImportNoteForm
from beneficiaries.imports.undoing import dependants
from beneficiaries.services import import_undo as services
from beneficiaries.views.imports import BatchMixin
from ministry import formats
from ministry.views.mixins import ConfirmPageMixin, DomainErrorMixin


class _UndoPage(BatchMixin, ConfirmPageMixin, FormView):
    """A page that says what would go, and what stands in the way."""

    permission_required = "beneficiaries.commit_importbatch"
    template_name = "beneficiaries/import_undo.html"

    def get_cancel_url(self) -> str:
        return self.batch.get_absolute_url()

    def get_question(self) -> str:
        households, people = self.batch.households.count(), self.batch.individuals.count()
        return _("{households} and {people} of this import will be taken out of the registry.").format(
            households=ngettext("{count} household", "{count} households", households).format(
                count=formats.number(households)
            ),
            people=ngettext("{count} person", "{count} people", people).format(count=formats.number(people)),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(batch=self.batch, dependants=dependants(batch=self.batch), **kwargs)


class ImportAskUndoView(_UndoPage):
    """Asks that an import be undone."""

    form_class = ImportNoteForm
    title = gettext_lazy("Ask to undo this import")
    submit_label = gettext_lazy("Ask another person to undo it")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        services.ask_undo(batch=self.batch, actor=self.request.user, reason=form.cleaned_data["note"])
        messages.success(self.request, _("Another person who enters imports can now agree to undo it."))
        return redirect(self.batch)


class ImportUndoView(_UndoPage):
    """Agrees to undo an import that somebody else asked to undo."""

    form_class = Form
    title = gettext_lazy("Undo this import")
    submit_label = gettext_lazy("Undo it")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        services.undo_import(batch=self.batch, actor=self.request.user)
        messages.success(self.request, _("The rows are being taken out. You may leave this page."))
        return redirect(self.batch)


class ImportKeepView(DomainErrorMixin, BatchMixin):
    """Leaves an import as it is although somebody asked to undo it."""

    permission_required = "beneficiaries.commit_importbatch"
    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        services.decline_undo(batch=self.batch, actor=self.user)
        messages.success(request, _("The import stays as it is."))
        return redirect(self.batch)
