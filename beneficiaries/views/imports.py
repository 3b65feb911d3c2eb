"""Pages of register files: bring them in, look at what was found, enter or discard the whole."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Field, QuerySet
from django.forms import BaseForm, Form
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import FormView, View

from beneficiaries.filters import ImportBatchFilter, ImportIssueFilter
from beneficiaries.forms import ImportForm, ImportNoteForm
from beneficiaries.imports.reasons import REASONS, sentence
from beneficiaries.imports.template import sheet_of
from beneficiaries.models import ImportBatch, ImportIssue
from beneficiaries.queries.imports import finding_rows, rejected_columns, rejected_rows
from beneficiaries.services import imports as services
from beneficiaries.workflows import IMPORT_BATCH
from ministry import audit, formats
from ministry.certain import declared_as
from ministry.exports import csv_response
from ministry.views.jobs import JobDetailView
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import ConfirmPageMixin, FormPageMixin, StaffPageMixin

SEE = "beneficiaries.view_importbatch"
IMPORTS = gettext_lazy("Imports")
_NOT_LOOKED_AT = (ImportBatch.Status.NAMING, ImportBatch.Status.UPLOADED, ImportBatch.Status.CHECKING)
Crumbs = list[tuple[str | Promise, str]]


def new_rows(batch: ImportBatch, file: str) -> int:
    """Return how many rows of a file the registry does not know yet."""
    counts = batch.summary.get(file, {})
    return counts.get("rows", 0) - counts.get("known", 0)


class ImportListView(ListPage):
    """All imports of the reader's areas, the latest first."""

    permission_required = SEE
    model = ImportBatch
    filterset_class = ImportBatchFilter
    title = IMPORTS
    lead = gettext_lazy("Register files on their way into the registry. Nothing is entered before a person says so.")
    columns = (
        Column("batch", gettext_lazy("Import"), is_header=True),
        Column("area", gettext_lazy("Area")),
        Column("uploaded", gettext_lazy("Brought in")),
        Column("households", gettext_lazy("Households"), numeric=True),
        Column("people", gettext_lazy("People"), numeric=True),
        Column("status", gettext_lazy("Status")),
    )
    row_template_name = "beneficiaries/_import_row.html"
    actions_template_name = "beneficiaries/_import_list_actions.html"
    empty_title = gettext_lazy("No register file was brought in yet")
    empty_text = gettext_lazy("Bring in two files: one of households, one of people.")
    empty_icon = "upload"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            may_import=self.request.user.has_perm("beneficiaries.add_importbatch"), **kwargs
        )


class ImportCreateView(StaffPageMixin, FormPageMixin, FormView):
    """Brings two register files in and has them looked at."""

    permission_required = "beneficiaries.add_importbatch"
    template_name = "beneficiaries/import_create.html"
    form_class = ImportForm
    title = gettext_lazy("Bring in register files")
    lead = gettext_lazy("Every cell is checked first. You see what was found and decide then.")
    submit_label = gettext_lazy("Upload and check")

    def get_crumbs(self) -> Crumbs:
        return [(IMPORTS, self.get_cancel_url()), (self.title, "")]

    def get_cancel_url(self) -> str:
        return reverse("beneficiaries:import_list")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        batch = services.open_import(
            households=form.cleaned_data["households"],
            individuals=form.cleaned_data["individuals"],
            area=form.cleaned_data["area"],
            actor=self.request.user,
            column_mapping=form.cleaned_data["column_mapping"],
            ask_columns=True,
        )
        if batch.status == ImportBatch.Status.NAMING:
            return redirect("beneficiaries:import_columns", batch.pk)
        messages.success(self.request, _("The files are here and are being checked. This page shows what is found."))
        return redirect(batch)


class ImportTemplateView(StaffPageMixin, View):
    """The import template: a file with the columns and no rows."""

    permission_required = "beneficiaries.add_importbatch"
    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, file: str) -> StreamingHttpResponse:
        if file not in ImportIssue.File.values:
            raise Http404
        names = sheet_of(file, today=timezone.localdate()).names
        return csv_response(f"{file}.csv", names, [])


class BatchMixin(StaffPageMixin):
    """A page of one import among those the reader may see."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and self.has_permission():
            self.batch = get_object_or_404(
                ImportBatch.objects.visible_to(request.user).select_related(
                    "area",
                    "uploaded_by",
                    "decided_by",
                    "undo_asked_by",
                    "undone_by",
                    "job",
                    "households_file",
                    "individuals_file",
                ),
                pk=kwargs["pk"],
            )
        return super().dispatch(request, *args, **kwargs)

    def get_crumbs(self) -> Crumbs:
        own = _("Import {number}").format(number=formats.digits(str(self.batch.pk)))
        trail: Crumbs = [(IMPORTS, reverse("beneficiaries:import_list"))]
        return [*trail, (own, "")] if own == self.get_title() else [
            *trail, (own, self.batch.get_absolute_url()), (self.get_title(), "")
        ]  # fmt: skip


class ImportDetailView(BatchMixin, ListPage):
    """One import: how far it is, what was found by reason, and every finding with row, column, value and remedy."""

    permission_required = SEE
    template_name = "beneficiaries/import_detail.html"
    filterset_class = ImportIssueFilter
    columns = (
        Column("place", gettext_lazy("Where"), ("file", "row", "column"), is_header=True),
        Column("value", gettext_lazy("What stands there")),
        Column("reason", gettext_lazy("What is wrong, and what to do")),
        Column("severity", gettext_lazy("Kind"), ("severity", "file", "row")),
    )
    row_template_name = "beneficiaries/_import_issue_row.html"
    default_sort = "severity"
    caption = gettext_lazy("Findings")
    empty_icon = "check"

    def get_title(self) -> str:
        return _("Import {number}").format(number=formats.digits(str(self.batch.pk)))

    def get_lead(self) -> str:
        return _("{area}, brought in by {person} on {moment}").format(
            area=self.batch.area,
            person=self.batch.uploaded_by or _("the operator"),
            moment=formats.moment(self.batch.uploaded_at),
        )

    def get_queryset(self) -> QuerySet[ImportIssue]:
        return self.batch.issues.all()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        batch = self.batch
        kinds = self._kinds()
        bad = sum(kind["count"] for kind in kinds if kind["severity"] == ImportIssue.Severity.BAD)
        looked_at = batch.status not in _NOT_LOOKED_AT
        context = super().get_context_data(
            batch=batch,
            page_status={"label": batch.get_status_display(), "tone": batch.STATUS_TONES.get(batch.status, "")},
            kinds=kinds,
            bad=bad,
            doubtful=sum(kind["count"] for kind in kinds) - bad,
            looked_at=looked_at,
            poll_seconds=JobDetailView.poll_seconds,
            reload_seconds=JobDetailView.reload_seconds,
            new_households=new_rows(batch, "households"),
            new_people=new_rows(batch, "individuals"),
            rejected=self._rejected(),
            verbs=IMPORT_BATCH.available(status=batch.status, actor=self.request.user, area=batch.area),
            **kwargs,
        )
        context["empty_title"] = _("No doubtful cell was found") if looked_at else _("The files are being checked")
        for issue in context["page"]:
            issue.sentence = sentence(issue.reason, issue.params)
            issue.label = REASONS[issue.reason].label
        return context

    def _rejected(self) -> list[tuple[str, str]]:
        """Return (address, its name) of the files of rows to mend or to look at, while those rows are kept."""
        if self.batch.status != ImportBatch.Status.IN_REVIEW:
            return []
        kinds = set(self.batch.issues.order_by().values_list("file", "severity").distinct())
        households, individuals = ImportIssue.File.HOUSEHOLDS, ImportIssue.File.INDIVIDUALS
        bad, doubtful = ImportIssue.Severity.BAD, ImportIssue.Severity.DOUBTFUL
        labels = {
            (households, bad): _("Households to mend (CSV)"),
            (individuals, bad): _("People to mend (CSV)"),
            (households, doubtful): _("Doubtful households (CSV)"),
            (individuals, doubtful): _("Doubtful people (CSV)"),
        }
        return [
            (
                reverse("beneficiaries:import_rejected_download", args=[self.batch.pk, file])
                + ("" if severity == bad else f"?severity={severity}"),
                label,
            )
            for (file, severity), label in labels.items()
            if (file, severity) in kinds
        ]

    def _kinds(self) -> list[dict[str, Any]]:
        """Return the reasons with their counts, bad ones first."""
        counts = self.batch.issues.values_list("reason", "severity").annotate(count=Count("id")).order_by()
        return sorted(
            (
                {
                    "code": reason,
                    "label": REASONS[reason].label,
                    "severity": severity,
                    "tone": "bad" if severity == ImportIssue.Severity.BAD else "warn",
                    "count": count,
                }
                for reason, severity, count in counts
            ),
            key=lambda kind: (kind["severity"], -kind["count"]),
        )


class ImportCommitView(BatchMixin, ConfirmPageMixin, FormView):
    """Asks before the rows are entered."""

    permission_required = "beneficiaries.commit_importbatch"
    form_class = Form
    title = gettext_lazy("Enter this import")
    submit_label = gettext_lazy("Enter the rows")
    is_destructive = False

    def get_cancel_url(self) -> str:
        return self.batch.get_absolute_url()

    def get_question(self) -> str:
        households, people = new_rows(self.batch, "households"), new_rows(self.batch, "individuals")
        return _("{households} and {people} will be entered into the registry.").format(
            households=ngettext("{count} household", "{count} households", households).format(
                count=formats.number(households)
            ),
            people=ngettext("{count} person", "{count} people", people).format(count=formats.number(people)),
        )

    def form_valid(self, form: BaseForm) -> HttpResponse:
        services.commit_import(batch=self.batch, actor=self.request.user)
        messages.success(self.request, _("The rows are being entered. You may leave this page."))
        return redirect(self.batch)


class ImportDiscardView(BatchMixin, ConfirmPageMixin, FormView):
    """Asks before an import is closed without entering anything."""

    permission_required = "beneficiaries.commit_importbatch"
    form_class = ImportNoteForm
    title = gettext_lazy("Discard this import")
    submit_label = gettext_lazy("Discard it")
    question = gettext_lazy("Nothing of these files will be entered. The files and what was found in them are kept.")

    def get_cancel_url(self) -> str:
        return self.batch.get_absolute_url()

    def form_valid(self, form: BaseForm) -> HttpResponse:
        services.discard_import(batch=self.batch, actor=self.request.user, note=form.cleaned_data["note"])
        messages.success(self.request, _("The import was discarded. Its files and findings are kept."))
        return redirect(self.batch)


class ImportIssuesDownloadView(BatchMixin, View):
    """All findings of an import as a CSV file, with the sentence for each."""

    permission_required = SEE
    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        audit.record(actor=self.user, action="import_findings.exported", target=self.batch)
        header = [
            str(declared_as(Field, ImportIssue._meta.get_field(name)).verbose_name).title()
            if name != "column"
            else str(_("Column"))
            for name in ("file", "row", "column", "value", "severity", "reason")
        ]
        return csv_response(f"import-{self.batch.pk}-findings.csv", header, finding_rows(self.batch))


class ImportRejectedDownloadView(BatchMixin, View):
    """The rows of one file that hold bad (or doubtful) cells, as a CSV file to mend and hand in again."""

    permission_required = SEE
    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, pk: int, file: str) -> StreamingHttpResponse:
        # The rows themselves are kept until the import is decided on.
        if file not in ImportIssue.File.values or self.batch.status != ImportBatch.Status.IN_REVIEW:
            raise Http404
        severity = request.GET.get("severity", ImportIssue.Severity.BAD)
        if severity not in ImportIssue.Severity.values:
            raise Http404
        audit.record(
            actor=self.user,
            action="import_rows.exported",
            target=self.batch,
            data={"file": file, "severity": severity},
        )
        header = rejected_columns(self.batch, file=file)
        rows = rejected_rows(self.batch, file=file, severity=severity)
        return csv_response(f"import-{self.batch.pk}-mend-{file}.csv", header, rows)
