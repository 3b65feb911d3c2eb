"""The control report of a cycle: its figures against the last month, and that somebody has read them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import FormView

from ministry.certain import declared_as
from ministry.models import Job
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import FormPageMixin
from programs.control.filters import ControlFindingFilter
from programs.models import ControlFinding, ControlReport, Payment
from programs.payments.forms import OptionalNoteForm
from programs.services import control, payment_cycles
from programs.views.payment_cycles import CyclePageMixin, cycle_title

TITLE = gettext_lazy("Control report")
_READ = "programs.approve_paymentcycle"


class ReadingForm(OptionalNoteForm):
    """That one has read the report shown, and not another."""

    report = forms.ModelChoiceField(queryset=ControlReport.objects.none(), widget=forms.HiddenInput)
    field_order = ("reason", "report")

    def __init__(self, *args: Any, reports: QuerySet[ControlReport], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        declared_as(forms.ModelChoiceField, self.fields["report"]).queryset = reports


@dataclass(frozen=True)
class Question:
    """One thing the report asks about the lines: how many there are, and what they come to."""

    label: str | Promise
    lines: int
    total: Decimal
    note: str | Promise = ""
    kind: str = ""


class ControlReportView(CyclePageMixin, FormPageMixin, FormView):
    """The latest report, and the button by which the approver says that they have read it."""

    form_class = ReadingForm
    template_name = "programs/control_report.html"
    title = TITLE
    submit_label = gettext_lazy("I have read these figures")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(_READ, payment_cycles.country_area()):
            raise PermissionDenied
        return super().post(request, *args, **kwargs)

    def get_lead(self) -> str:
        return cycle_title(self.cycle)

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return self.cycle_crumbs(self.title)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"reports": self.cycle.control_reports.all()}

    def get_initial(self) -> dict[str, Any]:
        return {"report": control.latest_report(self.cycle)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cycle, user = self.cycle, self.request.user
        report = control.latest_report(cycle)
        verbs = payment_cycles.available_verbs(cycle, user)
        is_present = report is not None and control.is_present(report, cycle)
        readings = list(report.readings.select_related("reader")) if report else []
        is_read = any(reading.reader_id == user.pk for reading in readings)
        return super().get_context_data(
            cycle=cycle,
            report=report,
            is_present=is_present,
            # Of a cycle that is decided, the report is what was seen then.
            is_stale=report is not None and not is_present and cycle.status in {"prepared", "in_review"},
            job=Job.objects.filter(kind=control.JOB_KIND, scope=control.scope_of(cycle), status__in=Job.ACTIVE).first(),
            questions=questions_of(report) if report else [],
            holds=holds_of(report) if report else [],
            governorates=report.figures.select_related("governorate").order_by("-total") if report else [],
            readings=readings,
            may_make="control" in verbs,
            may_read="read_control" in verbs and is_present and not is_read,
            may_approve="approve" in verbs and is_present and is_read,
            may_see_lines=user.has_perm("programs.view_payment"),
            **kwargs,
        )

    def form_valid(self, form: BaseForm) -> HttpResponse:
        control.read_control_report(
            report=form.cleaned_data["report"], actor=self.request.user, note=form.cleaned_data["reason"]
        )
        messages.success(self.request, _("It is kept that you have read these figures. You can approve them now."))
        return redirect("programs:control_report", self.cycle.pk)


def questions_of(report: ControlReport) -> list[Question]:
    """Return what the report found, in the order in which it is looked at."""
    kinds = ControlFinding.Kind
    against_last = [
        Question(kinds.NEW.label, report.new_lines, report.new_total, _("paid this month, not last month"), kinds.NEW),
        Question(
            kinds.GONE.label, report.gone_lines, -report.gone_total, _("paid last month, not this month"), kinds.GONE
        ),
        Question(
            kinds.CHANGED.label, report.changed_lines, report.changed_by, _("what they are paid more, or less"),
            kinds.CHANGED,
        ),
    ]  # fmt: skip
    return [
        *(against_last if report.former_id else []),
        Question(
            kinds.SHARED.label,
            report.shared_lines,
            report.shared_total,
            _("the same payee, national number or telephone"),
            kinds.SHARED,
        ),
        Question(
            kinds.DECEASED.label,
            report.deceased_lines,
            report.deceased_total,
            _("the payee, or a member still counted in the household"),
            kinds.DECEASED,
        ),
        Question(_("On hold"), report.held_lines, report.held_total, _("sent to nobody until the hold is lifted")),
    ]


def holds_of(report: ControlReport) -> list[tuple[str | Promise, int, Decimal]]:
    """Return label, count and sum by reason of the hold."""
    return [
        (Payment.HoldReason(reason).label, lines, Decimal(total)) for reason, (lines, total) in report.holds.items()
    ]


class ControlFindingListView(CyclePageMixin, ListPage):
    """The lines a report names."""

    permission_required = "programs.view_paymentcycle"
    filterset_class = ControlFindingFilter
    title = gettext_lazy("Lines that the control report names")
    lead = gettext_lazy("The weightiest of each kind, as they stood when the report was made.")
    columns = (
        Column("household", gettext_lazy("Household"), is_header=True),
        Column("kind", pgettext_lazy("control", "Found")),
        Column("area", gettext_lazy("Place")),
        Column("former", gettext_lazy("Last month"), numeric=True),
        Column("amount", gettext_lazy("This month"), numeric=True),
    )
    row_template_name = "programs/_control_finding_row.html"
    empty_title = gettext_lazy("Nothing was found")
    empty_text = gettext_lazy("No line stands out against the last month, and none is shared.")
    empty_icon = "check"

    def has_permission(self) -> bool:
        return super().has_permission() and self.request.user.has_perm("programs.view_payment")

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        crumbs = self.cycle_crumbs(TITLE)
        return [*crumbs[:-1], (TITLE, reverse("programs:control_report", args=[self.cycle.pk])), (self.title, "")]

    def get_queryset(self) -> QuerySet[ControlFinding]:
        report = control.latest_report(self.cycle)
        if report is None:
            raise Http404
        found = ControlFinding.objects.visible_to(self.request.user).filter(report=report)
        return found.for_list().order_by("id")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(cycle=self.cycle, **kwargs)
