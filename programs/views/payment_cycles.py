"""Payment cycles: the list, opening one, one cycle with its steps, and its verbs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.forms import Form as EmptyForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import DetailView, FormView

from ministry import formats
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import ConfirmPageMixin, FormPageMixin, StaffPageMixin, VisibleObjectMixin
from programs.models import Payment, PaymentCycle
from programs.payments.filters import PaymentCycleFilter
from programs.payments.forms import OptionalNoteForm, PaymentCycleForm, ReasonForm
from programs.payments.holds import count_cleared
from programs.queries import payments as queries
from programs.queries.verification import latest_sample, rates_of
from programs.services import control
from programs.services import payment_cycles as services
from programs.services.payments import HOLDS_LIFTED_IN
from programs.workflows import PAYMENT_CYCLE

VIEW = "programs.view_paymentcycle"
PAYMENTS = gettext_lazy("Payments")


class PaymentCycleListView(ListPage):
    """All cycles, the latest month first."""

    permission_required = VIEW
    model = PaymentCycle
    filterset_class = PaymentCycleFilter
    title = PAYMENTS
    lead = gettext_lazy("One cycle for each programme and month: worked out, approved, released, reconciled.")
    columns = (
        Column("cycle", gettext_lazy("Programme and month"), ("program__code", "period"), is_header=True),
        Column("status", gettext_lazy("Status"), ("status",)),
        Column("lines", gettext_lazy("Payments"), ("lines",), numeric=True),
        Column("total", gettext_lazy("Total"), ("total",), numeric=True),
        Column("agent", gettext_lazy("Paying agent")),
    )
    row_template_name = "programs/_payment_cycle_row.html"
    actions_template_name = "programs/_payment_cycle_list_actions.html"
    empty_title = gettext_lazy("No payment cycle yet")
    empty_text = gettext_lazy("Admit households to a programme; then open the first cycle.")
    empty_icon = "money"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        return super().get_context_data(
            may_create=user.has_perm("programs.add_paymentcycle", services.country_area()),
            may_reconcile=user.has_perm("programs.reconcile_paymentcycle", services.country_area()),
            may_see_overpayments=user.has_perm("programs.view_overpayment"),
            **kwargs,
        )


class PaymentCycleCreateView(StaffPageMixin, FormPageMixin, FormView):
    """Opens a cycle."""

    permission_required = "programs.add_paymentcycle"
    binds_country = True
    form_class = PaymentCycleForm
    title = gettext_lazy("Open a payment cycle")
    lead = gettext_lazy("Nothing is worked out or paid yet; you do that on the next page.")
    submit_label = gettext_lazy("Open the cycle")

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [(PAYMENTS, reverse("programs:cycle_list")), (self.title, "")]

    def get_cancel_url(self) -> str:
        return reverse("programs:cycle_list")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        cycle = services.create_payment_cycle(actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("The cycle is open. Work the payments out next."))
        return redirect(cycle)


class CyclePageMixin(StaffPageMixin):
    """A page of one cycle."""

    permission_required: str | tuple[str, ...] = VIEW
    cycle: PaymentCycle

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and self.has_permission():
            self.cycle = get_object_or_404(
                PaymentCycle.objects.visible_to(request.user).for_list().select_related("version", "job"),
                pk=kwargs["pk"],
            )
        return super().dispatch(request, *args, **kwargs)

    def cycle_crumbs(self, label: str | Promise) -> list[tuple[str | Promise, str]]:
        return [
            (PAYMENTS, reverse("programs:cycle_list")),
            (cycle_title(self.cycle), self.cycle.get_absolute_url()),
            (label, ""),
        ]


def cycle_title(cycle: PaymentCycle) -> str:
    """Return what a cycle is called on pages."""
    return _("{program}, {month}").format(program=cycle.program.name, month=formats.month(cycle.period))


class PaymentCycleDetailView(StaffPageMixin, VisibleObjectMixin, DetailView):
    """One cycle: who did what, what comes next, totals, files."""

    permission_required = VIEW
    model = PaymentCycle
    template_name = "programs/payment_cycle_detail.html"
    context_object_name = "cycle"

    def get_queryset(self) -> Any:
        people = (
            "prepared_by",
            "submitted_by",
            "approved_by",
            "released_by",
            "closed_by",
            "job",
            "version",
            "budget_line__source",
        )
        return PaymentCycle.objects.visible_to(self.user).for_list().select_related(*people)

    def get_title(self) -> str:
        return cycle_title(self.object)

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [(PAYMENTS, reverse("programs:cycle_list")), (self.get_title(), "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cycle, user = self.object, self.request.user
        sample = latest_sample(cycle.pk)
        verbs = services.available_verbs(cycle, user)
        statuses = queries.totals_by_status(cycle)
        held = next((row for row in statuses if row.status == Payment.Status.HELD), None)
        cleared = count_cleared(cycle.pk) if held and cycle.status in HOLDS_LIFTED_IN else 0
        return super().get_context_data(
            page_status={"label": cycle.get_status_display(), "tone": CYCLE_TONES.get(cycle.status, "")},
            steps=queries.steps_of(cycle),
            next_step=queries.next_step(cycle),
            actions=[self._link(verb) for verb in CYCLE_VERBS if verb in verbs and verb != "control"],
            control=control.latest_report(cycle),
            sample=sample,
            rates=rates_of(sample) if sample else [],
            may_see_samples=user.has_perm("programs.view_verificationsample"),
            may_make_file="make_file" in verbs,
            may_fund="fund" in verbs,
            may_see_funds=user.has_perm("programs.view_budgetline"),
            held=held,
            cleared=cleared,
            may_lift="programs.add_paymentcycle" in user.get_all_permissions(),
            statuses=statuses,
            governorates=queries.totals_by_governorate(cycle),
            files=cycle.files.select_related("made_by"),
            may_download=user.has_perm("programs.release_paymentcycle", services.country_area()),
            **kwargs,
        )

    def _link(self, verb: str) -> dict[str, Any]:
        # Whoever approves is led past the report first.
        if verb == "approve" and not control.has_read(self.object, self.request.user):
            url = reverse("programs:control_report", args=[self.object.pk])
            return {"label": _("Read the control report"), "url": url, "is_second": False}
        return CYCLE_VERBS[verb].link(self.object)


CYCLE_TONES = {
    PaymentCycle.Status.PREPARED: "info",
    PaymentCycle.Status.IN_REVIEW: "warn",
    PaymentCycle.Status.APPROVED: "ok",
    PaymentCycle.Status.RELEASED: "ok",
    PaymentCycle.Status.RECONCILING: "info",
    PaymentCycle.Status.CLOSED: "ok",
    PaymentCycle.Status.CANCELLED: "bad",
}


@dataclass(frozen=True)
class Verb:
    """A verb's page: what it is called, what it asks, what it calls, what it says afterwards."""

    code: str
    label: Promise
    question: Promise
    done: Promise
    call: Callable[[PaymentCycle, Any, str], object]
    form_class: type[EmptyForm] = EmptyForm
    is_destructive: bool = False
    # The page it comes from and goes back to.
    leads_to: str = "programs:cycle_detail"

    def link(self, cycle: PaymentCycle) -> dict[str, Any]:
        """Return the button of the verb on the cycle's page."""
        return {
            "label": self.label,
            "url": reverse("programs:cycle_verb", args=[cycle.pk, self.code]),
            "is_second": self.is_destructive,
        }


def _verbs(*verbs: Verb) -> dict[str, Verb]:
    return {verb.code: verb for verb in verbs}


CYCLE_VERBS = _verbs(
    Verb(
        "prepare",
        gettext_lazy("Work the payments out"),
        gettext_lazy(
            "For every enrolled household the amount of the month is worked out from the register as it stands now. "
            "Nothing is paid yet, and it can be repeated."
        ),
        gettext_lazy("The payments are being worked out. This page shows how far it is."),
        lambda cycle, actor, _note: services.prepare_payment_cycle(cycle=cycle, actor=actor),
    ),
    Verb(
        "submit",
        gettext_lazy("Hand over for review"),
        gettext_lazy("Somebody else looks the payments over and approves them. You cannot be that person."),
        gettext_lazy("The payments wait for approval."),
        lambda cycle, actor, _note: services.submit_payment_cycle(cycle=cycle, actor=actor),
    ),
    Verb(
        "control",
        gettext_lazy("Make the control report anew"),
        gettext_lazy("The payments are counted against the last month as they stand now. Nothing about them changes."),
        gettext_lazy("The control report is being made. It appears below in a moment."),
        lambda cycle, actor, _note: control.start_control_report(cycle=cycle, actor=actor),
        leads_to="programs:control_report",
    ),
    Verb(
        "approve",
        gettext_lazy("Approve"),
        gettext_lazy("After approval no amount and no payee changes any more. This cannot be undone."),
        gettext_lazy("The payments are approved. A third person releases them."),
        lambda cycle, actor, note: services.approve_payment_cycle(cycle=cycle, actor=actor, note=note),
        OptionalNoteForm,
    ),
    Verb(
        "release",
        gettext_lazy("Release the money"),
        gettext_lazy("Files for the paying agent can be made from now on. This cannot be undone."),
        gettext_lazy("The money is released. Make the file for the paying agent next."),
        lambda cycle, actor, _note: services.release_payment_cycle(cycle=cycle, actor=actor),
    ),
    Verb(
        "close",
        gettext_lazy("Close the cycle"),
        gettext_lazy("Nothing about its payments changes after that. This cannot be undone."),
        gettext_lazy("The cycle is closed."),
        lambda cycle, actor, _note: services.close_payment_cycle(cycle=cycle, actor=actor),
    ),
    Verb(
        "send_back",
        gettext_lazy("Send back"),
        gettext_lazy("The cycle becomes a draft again and its payments are worked out afresh."),
        gettext_lazy("The cycle was sent back."),
        lambda cycle, actor, note: services.send_back_payment_cycle(cycle=cycle, actor=actor, note=note),
        ReasonForm,
        is_destructive=True,
    ),
    Verb(
        "cancel",
        gettext_lazy("Give the cycle up"),
        gettext_lazy("Its payments are removed and nobody is paid from it. The month is free for a new cycle."),
        gettext_lazy("The cycle was given up."),
        lambda cycle, actor, note: services.cancel_payment_cycle(cycle=cycle, actor=actor, note=note),
        ReasonForm,
        is_destructive=True,
    ),
)


class PaymentCycleVerbView(CyclePageMixin, ConfirmPageMixin, FormView):
    """Asks before a verb, then does it. Who may is asked here for the page, and in the service for the deed."""

    def has_permission(self) -> bool:
        permission = PAYMENT_CYCLE.permission_of(self.verb.code)
        return super().has_permission() and self.request.user.has_perm(permission, services.country_area())

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if kwargs["verb"] not in CYCLE_VERBS:
            raise Http404
        self.verb = CYCLE_VERBS[kwargs["verb"]]
        self.is_destructive = self.verb.is_destructive
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.verb.code not in services.available_verbs(self.cycle, self.user):
            messages.error(
                request, _("This step is not open to you now: it comes at another time or belongs to another person.")
            )
            return redirect(self.cycle)
        if self.verb.code == "approve" and not control.has_read(self.cycle, self.user):
            messages.info(request, _("Read the control report first, and say that you have read it."))
            return redirect("programs:control_report", self.cycle.pk)
        return super().get(request, *args, **kwargs)

    def get_form_class(self) -> type[EmptyForm]:
        return self.verb.form_class

    def get_title(self) -> Promise:
        return self.verb.label

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return self.cycle_crumbs(self.verb.label)

    def get_question(self) -> str:
        about = ngettext(
            "{cycle}: {count} payment, {total} in all.", "{cycle}: {count} payments, {total} in all.", self.cycle.lines
        ).format(
            cycle=cycle_title(self.cycle),
            count=formats.number(self.cycle.lines),
            total=_plain_money(self.cycle),
        )
        return (
            f"{about} {self.verb.question}" if self.cycle.lines else f"{cycle_title(self.cycle)}. {self.verb.question}"
        )

    def get_cancel_url(self) -> str:
        return reverse(self.verb.leads_to, args=[self.cycle.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(submit_label=self.verb.label, **kwargs)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        self.verb.call(self.cycle, self.request.user, form.cleaned_data.get("reason", ""))
        messages.success(self.request, str(self.verb.done))
        return redirect(self.verb.leads_to, self.cycle.pk)


def _plain_money(cycle: PaymentCycle) -> str:
    return f"{formats.number(cycle.total, queries.minor_units(cycle.currency))} {cycle.currency}"
