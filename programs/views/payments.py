"""The lines of a cycle, how one came about, and the decisions about its payments."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.forms import BaseForm
from django.forms import Form as EmptyForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, FormView

from ministry import audit, formats
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import ConfirmPageMixin, StaffPageMixin, VisibleObjectMixin
from programs.models import Entitlement, Payment
from programs.payments.filters import EntitlementFilter
from programs.payments.forms import HoldForm, OptionalNoteForm, ReasonForm
from programs.queries.payments import arithmetic_of, minor_units
from programs.services import payments as services
from programs.views.payment_cycles import PAYMENTS, CyclePageMixin, cycle_title
from programs.workflows import PAYMENT

VIEW = "programs.view_payment"


class EntitlementListView(CyclePageMixin, ListPage):
    """The lines of a cycle in the reader's areas."""

    permission_required = VIEW
    filterset_class = EntitlementFilter
    keyset = True
    columns = (
        Column("household", gettext_lazy("Household"), is_header=True),
        Column("area", gettext_lazy("Area")),
        Column("counted", gettext_lazy("Members counted"), numeric=True),
        Column("amount", gettext_lazy("Amount"), numeric=True),
        Column("status", gettext_lazy("Payment")),
    )
    row_template_name = "programs/_entitlement_row.html"
    title = gettext_lazy("Payments one by one")
    empty_title = gettext_lazy("No payments yet")
    empty_text = gettext_lazy("Work the payments out on the page of the cycle.")
    empty_icon = "money"

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return self.cycle_crumbs(self.title)

    def get_queryset(self) -> QuerySet[Entitlement]:
        return (
            Entitlement.objects.filter(cycle=self.cycle)
            .visible_to(self.request.user)
            .select_related("household", "area")
            .prefetch_related(Prefetch("payments", Payment.objects.order_by("attempt")))
            .defer("snapshot")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(cycle=self.cycle, **kwargs)


class EntitlementDetailView(StaffPageMixin, VisibleObjectMixin, DetailView):
    """One line: the arithmetic in words, the proof, the payments."""

    permission_required = VIEW
    model = Entitlement
    template_name = "programs/entitlement_detail.html"
    context_object_name = "line"

    def get_queryset(self) -> QuerySet[Entitlement]:
        return super().get_queryset().select_related("cycle__program", "cycle__version", "household", "area", "payee")

    def get_title(self) -> str:
        return _("Household {ref}").format(ref=self.object.household.household_ref)

    def get_lead(self) -> str:
        return cycle_title(self.object.cycle)

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        cycle = self.object.cycle
        return [
            (PAYMENTS, reverse("programs:cycle_list")),
            (cycle_title(cycle), cycle.get_absolute_url()),
            (EntitlementListView.title, reverse("programs:cycle_lines", args=[cycle.pk])),
            (self.object.household.household_ref, ""),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        line, user = self.object, self.request.user
        audit.disclose(reader=user, subject=line.household, fields=["payment"], purpose="payment")
        payments = list(
            line.payments.order_by("-attempt")
            .select_related("settled_by", "held_by", "cycle")
            .prefetch_related("report_rows__file")
        )
        for payment in payments:
            payment.entitlement = line
            payment.actions = [
                {
                    "label": PAYMENT_VERBS[verb].label,
                    "url": reverse("programs:payment_verb", args=[payment.pk, verb]),
                    "is_second": PAYMENT_VERBS[verb].is_destructive,
                }
                for verb in services.available_verbs(payment, user)
            ]
        return super().get_context_data(
            arithmetic=arithmetic_of(line),
            payments=payments,
            may_find_overpayment=user.has_perm("programs.add_overpayment", line.area),
            may_see_household=user.has_perm("beneficiaries.view_household", line.area),
            **kwargs,
        )


@dataclass(frozen=True)
class Verb:
    """A decision about a payment: its page and what it calls."""

    label: Promise
    question: Promise
    done: Promise
    call: Callable[[Payment, Any, dict[str, Any]], object]
    form_class: type[EmptyForm] = ReasonForm
    is_destructive: bool = False


PAYMENT_VERBS = {
    "release_hold": Verb(
        gettext_lazy("Lift the hold"),
        gettext_lazy("The payment goes into the next list, provided that the reason of the hold is settled."),
        gettext_lazy("The hold is lifted. The payment goes into the next list."),
        lambda payment, actor, given: services.release_hold(payment=payment, actor=actor, reason=given["reason"]),
        OptionalNoteForm,
    ),
    "hold": Verb(
        gettext_lazy("Put on hold"),
        gettext_lazy("The payment goes into no list until somebody lifts the hold and says why."),
        gettext_lazy("The payment is on hold."),
        lambda payment, actor, given: services.hold_payment(
            payment=payment, actor=actor, kind=given["kind"], note=given["reason"]
        ),
        HoldForm,
        is_destructive=True,
    ),
    "reissue": Verb(
        gettext_lazy("Try again"),
        gettext_lazy("The same amount goes into the next list, under a new payment number."),
        gettext_lazy("A further attempt is ready for the next list."),
        lambda payment, actor, given: services.reissue_payment(payment=payment, actor=actor, reason=given["reason"]),
    ),
    "cancel": Verb(
        gettext_lazy("Do not pay"),
        gettext_lazy("The household is not paid for this month. This cannot be undone."),
        gettext_lazy("The payment is cancelled."),
        lambda payment, actor, given: services.cancel_payment(payment=payment, actor=actor, reason=given["reason"]),
        is_destructive=True,
    ),
    "settle": Verb(
        gettext_lazy("Leave it at that"),
        gettext_lazy("The payment is not tried again and the money stays with the ministry. This cannot be undone."),
        gettext_lazy("The payment is settled."),
        lambda payment, actor, given: services.settle_payment(payment=payment, actor=actor, reason=given["reason"]),
        is_destructive=True,
    ),
}


class PaymentVerbView(StaffPageMixin, ConfirmPageMixin, FormView):
    """Asks before a decision about a payment, then takes it."""

    permission_required = VIEW

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if kwargs["verb"] not in PAYMENT_VERBS:
            raise Http404
        self.verb = PAYMENT_VERBS[kwargs["verb"]]
        self.is_destructive = self.verb.is_destructive
        if request.user.is_authenticated and self.has_permission():
            self.payment = get_object_or_404(
                Payment.objects.visible_to(request.user).select_related(
                    "cycle__program", "entitlement__area", "entitlement__household"
                ),
                pk=kwargs["pk"],
            )
            if not request.user.has_perm(PAYMENT.permission_of(kwargs["verb"]), self.payment.entitlement.area):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if kwargs["verb"] not in services.available_verbs(self.payment, self.user):
            messages.error(request, _("This is no longer possible: the payment has changed in the meantime."))
            return redirect(self.payment.entitlement)
        return super().get(request, *args, **kwargs)

    def get_form_class(self) -> type[EmptyForm]:
        return self.verb.form_class

    def get_title(self) -> Promise:
        return self.verb.label

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        line, cycle = self.payment.entitlement, self.payment.cycle
        return [
            (PAYMENTS, reverse("programs:cycle_list")),
            (cycle_title(cycle), cycle.get_absolute_url()),
            (line.household.household_ref, line.get_absolute_url()),
            (self.verb.label, ""),
        ]

    def get_question(self) -> str:
        payment = self.payment
        about = _("Payment {ref} of household {household}: {amount} {currency}.").format(
            ref=payment.payment_ref,
            household=payment.entitlement.household.household_ref,
            amount=formats.number(payment.amount, minor_units(payment.currency)),
            currency=payment.currency,
        )
        return f"{about} {self.verb.question}"

    def get_cancel_url(self) -> str:
        return self.payment.entitlement.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(submit_label=self.verb.label, **kwargs)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        self.verb.call(self.payment, self.request.user, form.cleaned_data)
        messages.success(self.request, str(self.verb.done))
        return redirect(self.payment.entitlement)
