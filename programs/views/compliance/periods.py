"""Periods: the list, opening one, what it found, closing it; reports by hand and by file; rows that did not match."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.forms import BaseForm, Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import DetailView, FormView

from beneficiaries.models import Individual
from ministry import formats
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import ConfirmPageMixin, FormPageMixin, StaffPageMixin, VisibleObjectMixin
from programs.compliance.forms import AppealForm, PeriodForm, ReportEntryForm, ReportFileForm
from programs.models import CompliancePeriod, ComplianceRecord, ConditionUploadError
from programs.queries import compliance as queries
from programs.services.compliance import periods as services
from programs.services.compliance.uploads import resolve_error, take_in_reports
from programs.services.versions import country

VIEW = "programs.view_complianceperiod"
CONDITIONS = gettext_lazy("Conditions")
QUEUE = gettext_lazy("Rows that could not be taken in")

REMEDIES = {
    ConditionUploadError.Reason.PERSON_UNKNOWN: gettext_lazy("Check the number with whoever sent the file."),
    ConditionUploadError.Reason.PERSON_AMBIGUOUS: gettext_lazy("Use the register number instead."),
    ConditionUploadError.Reason.CONDITION_UNKNOWN: gettext_lazy("Use a code shown on the page of the period."),
    ConditionUploadError.Reason.FIGURE_UNREADABLE: gettext_lazy(
        "Give a number from 0 to 100, and open or closed for the service."
    ),
    ConditionUploadError.Reason.CELLS_MISSING: gettext_lazy("Fill in all four columns."),
    ConditionUploadError.Reason.REPEATED: gettext_lazy(
        "Ask which of the two figures is right; the first was taken in."
    ),
}


def period_title(period: CompliancePeriod) -> str:
    """Return what a period is called on pages."""
    return _("{program}, {first} to {last}").format(
        program=period.program.name, first=formats.day(period.starts_on), last=formats.day(period.ends_on)
    )


class PeriodListView(ListPage):
    """All periods, the latest first."""

    permission_required = VIEW
    model = CompliancePeriod
    title = CONDITIONS
    lead = gettext_lazy("Periods in which conditions are looked at: opened, filled with reports, closed.")
    columns = (
        Column("period", gettext_lazy("Period"), is_header=True),
        Column("length", gettext_lazy("Length")),
        Column("status", gettext_lazy("Status")),
        Column("missed", gettext_lazy("Not met"), numeric=True),
        Column("steps", gettext_lazy("Steps taken"), numeric=True),
    )
    row_template_name = "programs/_compliance_period_row.html"
    actions_template_name = "programs/_compliance_period_list_actions.html"
    empty_title = gettext_lazy("No period yet")
    empty_text = gettext_lazy("Open the first period of a programme that has conditions.")
    empty_icon = "calendar"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        context = super().get_context_data(
            may_open=user.has_perm("programs.add_complianceperiod", country()),
            may_decide=any(user.has_perm(name) for name in DECIDE),
            errors=queries.open_errors().count() if user.has_perm("programs.add_conditionupload", country()) else 0,
            **kwargs,
        )
        periods = list(context["page"])
        missed = dict(
            ComplianceRecord.objects.filter(period__in=periods, outcome="not_met")
            .values_list("period")
            .annotate(rows=Count("id"))
            .order_by()
        )
        steps = dict(
            CompliancePeriod.objects.filter(pk__in=[period.pk for period in periods])
            .values_list("pk")
            .annotate(rows=Count("steps"))
            .order_by()
        )
        for period in periods:
            period.title, period.missed, period.taken = period_title(period), missed.get(period.pk, 0), steps[period.pk]
        return context


# Who has something to do on the page of what waits.
DECIDE = ("programs.decide_excuse", "programs.decide_complianceappeal", "programs.suspend_enrolment")


class PeriodOpenView(StaffPageMixin, FormPageMixin, FormView):
    """Opens a period."""

    permission_required = "programs.add_complianceperiod"
    binds_country = True
    form_class = PeriodForm
    title = gettext_lazy("Open a period")
    lead = gettext_lazy("The version in force on its first day is asked. Somebody else closes the period.")
    submit_label = gettext_lazy("Open the period")

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [(CONDITIONS, self.get_cancel_url()), (self.title, "")]

    def get_cancel_url(self) -> str:
        return reverse("programs:compliance_list")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        period = services.open_compliance_period(actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("The period is open for reports."))
        return redirect(period)


class PeriodDetailView(StaffPageMixin, VisibleObjectMixin, DetailView):
    """One period: its conditions, what was reported and found, which steps followed."""

    permission_required = VIEW
    model = CompliancePeriod
    template_name = "programs/compliance_period.html"
    context_object_name = "period"

    def get_queryset(self) -> QuerySet[CompliancePeriod]:
        periods = CompliancePeriod.objects.visible_to(self.user)
        return periods.for_list().select_related("opened_by", "closed_by", "job")

    def get_title(self) -> str:
        return period_title(self.object)

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [(CONDITIONS, reverse("programs:compliance_list")), (self.get_title(), "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        period, user = self.object, self.request.user
        is_open = period.status == CompliancePeriod.Status.OPEN
        may_upload = user.has_perm("programs.add_conditionupload", country())
        return super().get_context_data(
            page_status={"label": period.get_status_display(), "tone": period.STATUS_TONES[period.status]},
            counts=queries.counts_of(period),
            outcomes=ComplianceRecord.Outcome.labels,
            reports=period.reports.count(),
            taken=queries.steps_by_kind(period),
            uploads=period.uploads.select_related("document", "uploaded_by").annotate(
                waiting=Count("errors", filter=Q(errors__resolved_at__isnull=True))
            ),
            rungs=period.version.rungs.order_by("position"),
            may_close=is_open
            and user.has_perm("programs.close_complianceperiod", country())
            and user.pk != period.opened_by_id,
            may_report=is_open and user.has_perm("programs.add_compliancereport"),
            may_upload=is_open and may_upload,
            may_see_queue=may_upload,
            **kwargs,
        )


class PeriodPageMixin(StaffPageMixin):
    """A page of one period."""

    @property
    def period(self) -> CompliancePeriod:
        if not hasattr(self, "_period"):
            visible = CompliancePeriod.objects.visible_to(self.request.user).for_list()
            self._period = get_object_or_404(visible, pk=self.kwargs["pk"])
        return self._period

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [
            (CONDITIONS, reverse("programs:compliance_list")),
            (period_title(self.period), self.period.get_absolute_url()),
            (self.get_title(), ""),
        ]

    def get_lead(self) -> str:
        return period_title(self.period)

    def get_cancel_url(self) -> str:
        return self.period.get_absolute_url()


class PeriodCloseView(PeriodPageMixin, ConfirmPageMixin, FormView):
    """Asks before a period is closed."""

    permission_required = "programs.close_complianceperiod"
    binds_country = True
    form_class = Form
    title = gettext_lazy("Close the period")
    submit_label = gettext_lazy("Close the period")
    question = gettext_lazy(
        "No report is taken in after that. What the period found stands, the steps of the ladder follow, and the "
        "households are told. Later mistakes are put right by excuses and appeals."
    )

    def form_valid(self, form: BaseForm) -> HttpResponse:
        services.close_compliance_period(period=self.period, actor=self.request.user)
        messages.success(self.request, _("The period is being closed. This page shows what it found."))
        return redirect(self.period)


class ReportEntryView(PeriodPageMixin, FormPageMixin, FormView):
    """A caseworker enters what is known about one person."""

    permission_required = "programs.add_compliancereport"
    form_class = ReportEntryForm
    title = gettext_lazy("Enter a report")
    submit_label = gettext_lazy("Enter the report")

    def get_form_kwargs(self) -> dict[str, Any]:
        people = Individual.objects.visible_to(self.request.user)
        return {**super().get_form_kwargs(), "period": self.period, "people": people}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        given = form.cleaned_data
        services.report_condition(
            period=self.period,
            condition=given["condition"],
            individual=given["person"],
            actor=self.request.user,
            value=given["value"],
            service_available=not given["was_closed"],
        )
        messages.success(
            self.request, _("The report about {person} is entered.").format(person=given["person"].person_ref)
        )
        return redirect("programs:compliance_entry", pk=self.period.pk)


class ReportUploadView(PeriodPageMixin, FormPageMixin, FormView):
    """Takes a file of reports in."""

    permission_required = "programs.add_conditionupload"
    binds_country = True
    form_class = ReportFileForm
    title = gettext_lazy("Take in a file of reports")
    submit_label = gettext_lazy("Take it in")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        batch = take_in_reports(
            period=self.period,
            upload=form.cleaned_data["file"],
            source=form.cleaned_data["source"],
            actor=self.request.user,
        )
        messages.success(
            self.request,
            ngettext("{count} report was taken in.", "{count} reports were taken in.", batch.matched).format(
                count=formats.number(batch.matched)
            ),
        )
        waiting = batch.errors.count()
        if not waiting:
            return redirect(self.period)
        messages.warning(
            self.request,
            ngettext(
                "{count} row could not be taken in and waits here.",
                "{count} rows could not be taken in and wait here.",
                waiting,
            ).format(count=formats.number(waiting)),
        )
        return redirect("programs:compliance_errors")


class ErrorQueueView(ListPage):
    """Rows of files that could not be taken in."""

    permission_required = "programs.add_conditionupload"
    binds_country = True
    title = QUEUE
    columns = (
        Column("row", gettext_lazy("Row"), is_header=True),
        Column("person", gettext_lazy("Person")),
        Column("figure", gettext_lazy("Condition and figure")),
        Column("reason", gettext_lazy("Reason")),
    )
    row_template_name = "programs/_compliance_error_row.html"
    empty_title = gettext_lazy("Nothing waits")
    empty_text = gettext_lazy("Every row of every file was taken in or dealt with.")

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [(CONDITIONS, reverse("programs:compliance_list")), (self.title, "")]

    def get_queryset(self) -> QuerySet[ConditionUploadError]:
        return queries.open_errors().order_by("upload", "row")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        for error in context["page"]:
            error.remedy = REMEDIES[error.reason]
        return context


class ErrorResolveView(StaffPageMixin, FormPageMixin, FormView):
    """Notes what was done about such a row."""

    permission_required = "programs.add_conditionupload"
    binds_country = True
    template_name = "programs/compliance_case.html"
    form_class = AppealForm
    submit_label = gettext_lazy("It has been dealt with")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self._error: ConditionUploadError | None = None

    @property
    def error(self) -> ConditionUploadError:
        if self._error is None:
            self._error = get_object_or_404(
                ConditionUploadError.objects.select_related("upload__period__program"), pk=self.kwargs["pk"]
            )
        return self._error

    def get_title(self) -> str:
        return _("Row {row} of file {file}").format(row=self.error.row, file=self.error.upload_id)

    def get_lead(self) -> str:
        return period_title(self.error.upload.period)

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [
            (CONDITIONS, reverse("programs:compliance_list")),
            (QUEUE, self.get_cancel_url()),
            (self.get_title(), ""),
        ]

    def get_cancel_url(self) -> str:
        return reverse("programs:compliance_errors")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        resolve_error(error=self.error, actor=self.request.user, note=form.cleaned_data["reason"])
        messages.success(self.request, _("The row no longer waits."))
        return redirect(self.get_cancel_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        error = self.error
        rows = [
            (_("Person"), error.person),
            (_("Condition"), error.condition),
            (_("Figure"), error.figure),
            (_("Reason"), error.get_reason_display()),
            (_("What to do"), REMEDIES[ConditionUploadError.Reason(error.reason)]),
        ]
        return super().get_context_data(rows=rows, **kwargs)
