"""Agents' reports: taking one in, what became of its rows, and the queue for a person."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from ministry.models import Area
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import ConfirmPageMixin, FormPageMixin, StaffPageMixin
from programs.models import ReconciliationFile, ReconciliationRow
from programs.payments.filters import ReportRowFilter
from programs.payments.forms import ApplyRowForm, ReasonForm, ReportForm
from programs.queries.payments import waiting_rows
from programs.services import reconciliation as services
from programs.views.payment_cycles import PAYMENTS

RECONCILE = "programs.reconcile_paymentcycle"
SEE = ("programs.view_paymentcycle",)
REPORTS = gettext_lazy("Agents' reports")
QUEUE = gettext_lazy("Rows that wait for a decision")

ROW_COLUMNS = (
    Column("row", gettext_lazy("Row"), is_header=True),
    Column("payment_ref", gettext_lazy("Payment number")),
    Column("reported", gettext_lazy("Reported")),
    Column("amount", gettext_lazy("Amount"), numeric=True),
    Column("outcome", gettext_lazy("Outcome")),
)


class ReportListView(ListPage):
    """All reports, the latest first."""

    permission_required = SEE
    title = REPORTS
    lead = gettext_lazy("What the paying agents say became of the payments, matched by payment number.")
    columns = (
        Column("report", gettext_lazy("Report"), is_header=True),
        Column("uploaded", gettext_lazy("Taken in")),
        Column("rows", gettext_lazy("Rows"), numeric=True),
        Column("waiting", gettext_lazy("Waiting"), numeric=True),
        Column("status", gettext_lazy("Status")),
    )
    row_template_name = "programs/_report_row.html"
    actions_template_name = "programs/_report_list_actions.html"
    empty_title = gettext_lazy("No report yet")
    empty_text = gettext_lazy("Take in what the paying agent sends back; nothing is changed twice.")
    empty_icon = "upload"

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [(PAYMENTS, reverse("programs:cycle_list")), (self.title, "")]

    def get_queryset(self) -> QuerySet[ReconciliationFile]:
        return ReconciliationFile.objects.select_related("document", "uploaded_by").order_by("-id")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(
            may_reconcile=self.request.user.has_perm(RECONCILE, Area.objects.root()),
            waiting=waiting_rows().count(),
            **kwargs,
        )
        files = list(context["page"])
        waiting = dict(
            ReconciliationRow.objects.queued()
            .filter(file__in=files)
            .values_list("file")
            .annotate(rows=Count("id"))
            .order_by()
        )
        for file in files:
            file.waiting = waiting.get(file.pk, 0)
        return context


class ReportUploadView(StaffPageMixin, FormPageMixin, FormView):
    """Takes a report in."""

    permission_required = RECONCILE
    binds_country = True
    form_class = ReportForm
    title = gettext_lazy("Take in an agent's report")
    submit_label = gettext_lazy("Take it in")

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [(PAYMENTS, reverse("programs:cycle_list")), (REPORTS, self.get_cancel_url()), (self.title, "")]

    def get_cancel_url(self) -> str:
        return reverse("programs:reconciliation_list")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        try:
            file = services.receive_report(upload=form.cleaned_data["report"], actor=self.request.user)
        except services.ReportAlreadyTakenIn as known:
            messages.info(self.request, known.message)
            return redirect(known.file)
        messages.success(self.request, _("The report is being matched. This page shows what became of its rows."))
        return redirect(file)


class ReportDetailView(ListPage):
    """One report: counts by outcome, and its rows."""

    permission_required = SEE
    template_name = "programs/report_detail.html"
    filterset_class = ReportRowFilter
    columns = ROW_COLUMNS
    row_template_name = "programs/_report_line.html"
    empty_title = gettext_lazy("No rows yet")
    empty_text = gettext_lazy("The report is still being read.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and self.has_permission():
            self.file = get_object_or_404(
                ReconciliationFile.objects.select_related("document", "uploaded_by", "job"), pk=kwargs["pk"]
            )
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Report {number}").format(number=self.file.pk)

    def get_lead(self) -> str:
        return self.file.document.filename

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [
            (PAYMENTS, reverse("programs:cycle_list")),
            (REPORTS, reverse("programs:reconciliation_list")),
            (self.get_title(), ""),
        ]

    def get_queryset(self) -> QuerySet[ReconciliationRow]:
        return self.file.rows.select_related("payment__entitlement").order_by("row_number")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = dict(self.file.rows.values_list("outcome").annotate(rows=Count("id")).order_by())
        return super().get_context_data(
            file=self.file,
            page_status={"label": self.file.get_status_display(), "tone": FILE_TONES[self.file.status]},
            outcomes=[
                {
                    "label": outcome.label,
                    "count": found[outcome],
                    "value": outcome.value,
                    "tone": OUTCOME_TONES[outcome],
                }
                for outcome in ReconciliationRow.Outcome
                if outcome in found
            ],
            may_reconcile=self.request.user.has_perm(RECONCILE, Area.objects.root()),
            **kwargs,
        )


FILE_TONES: dict[str, str] = {
    ReconciliationFile.Status.RECEIVED: "info",
    ReconciliationFile.Status.DONE: "ok",
    ReconciliationFile.Status.REFUSED: "bad",
}
OUTCOME_TONES = {
    ReconciliationRow.Outcome.WAITING: "info",
    ReconciliationRow.Outcome.MATCHED: "ok",
    ReconciliationRow.Outcome.REPEATED: "",
    ReconciliationRow.Outcome.UNMATCHED: "warn",
    ReconciliationRow.Outcome.CONFLICT: "warn",
    ReconciliationRow.Outcome.UNREADABLE: "warn",
}


class QueueView(ListPage):
    """Every row of every report that waits for a person."""

    permission_required = RECONCILE
    binds_country = True
    title = QUEUE
    lead = gettext_lazy("Nothing was changed for these rows. Apply each to the payment it means, or set it aside.")
    filterset_class = ReportRowFilter
    columns = (*ROW_COLUMNS, Column("actions", gettext_lazy("Actions")))
    row_template_name = "programs/_report_line.html"
    empty_title = gettext_lazy("Nothing waits")
    empty_text = gettext_lazy("Every row of every report has found its payment or a decision.")
    empty_icon = "check"

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [
            (PAYMENTS, reverse("programs:cycle_list")),
            (REPORTS, reverse("programs:reconciliation_list")),
            (self.title, ""),
        ]

    def get_queryset(self) -> QuerySet[ReconciliationRow]:
        return waiting_rows().select_related("payment__entitlement")


class RowDecisionView(StaffPageMixin, ConfirmPageMixin, FormView):
    """Applies a row to the payment a person names, or sets it aside."""

    permission_required = RECONCILE
    binds_country = True
    template_name = "programs/report_row_decision.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if kwargs["verb"] not in {"apply", "dismiss"}:
            raise Http404
        if request.user.is_authenticated and self.has_permission():
            self.row = get_object_or_404(
                ReconciliationRow.objects.select_related("file__document", "payment"), pk=kwargs["pk"]
            )
        self.is_apply = kwargs["verb"] == "apply"
        self.is_destructive = not self.is_apply
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self) -> type[ReasonForm]:
        return ApplyRowForm if self.is_apply else ReasonForm

    def get_initial(self) -> dict[str, Any]:
        return {"payment_ref": self.row.payment.payment_ref if self.row.payment else self.row.payment_ref}

    def get_title(self) -> str:
        return _("Apply the row to a payment") if self.is_apply else _("Set the row aside")

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [
            (PAYMENTS, reverse("programs:cycle_list")),
            (QUEUE, reverse("programs:reconciliation_queue")),
            (self.get_title(), ""),
        ]

    def get_cancel_url(self) -> str:
        return reverse("programs:reconciliation_queue")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(row=self.row, submit_label=self.get_title(), **kwargs)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        if self.is_apply:
            services.apply_row(
                row=self.row, payment_ref=form.cleaned_data["payment_ref"], actor=self.request.user, note=reason
            )
            messages.success(self.request, _("The row was applied to the payment."))
        else:
            services.dismiss_row(row=self.row, actor=self.request.user, note=reason)
            messages.success(self.request, _("The row was set aside."))
        return redirect(self.get_cancel_url())
