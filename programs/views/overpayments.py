"""Overpayments: the list, finding one on a household's line, and the second person's decision."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import BaseForm
from django.forms import Form as EmptyForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from ministry import formats
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import ConfirmPageMixin, FormPageMixin, StaffPageMixin
from programs.models import Entitlement, Overpayment
from programs.payments.filters import OverpaymentFilter
from programs.payments.forms import OptionalNoteForm, OverpaymentForm, ReasonForm
from programs.services import overpayments as services
from programs.views.payment_cycles import PAYMENTS
from programs.workflows import OVERPAYMENT

VIEW = "programs.view_overpayment"
ADD = "programs.add_overpayment"
OVERPAYMENTS = gettext_lazy("Overpayments")


class OverpaymentListView(ListPage):
    """What households were overpaid in the reader's areas, and how much of it came back."""

    permission_required = VIEW
    model = Overpayment
    filterset_class = OverpaymentFilter
    title = OVERPAYMENTS
    lead = gettext_lazy("Each month takes back a share of what is payable, until nothing is left.")
    columns = (
        Column("household", gettext_lazy("Household"), is_header=True),
        Column("status", gettext_lazy("Status"), ("status",)),
        Column("amount", gettext_lazy("Amount"), ("amount",), numeric=True),
        Column("recovered", gettext_lazy("Recovered"), numeric=True),
        Column("reason", gettext_lazy("Reason")),
        Column("actions", gettext_lazy("Actions")),
    )
    row_template_name = "programs/_overpayment_row.html"
    empty_title = gettext_lazy("No overpayment")
    empty_text = gettext_lazy("One is found on the page of a household's month.")
    empty_icon = "money"

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [(PAYMENTS, reverse("programs:cycle_list")), (self.title, "")]

    def get_queryset(self) -> QuerySet[Overpayment]:
        return super().get_queryset().select_related("household__area")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        for row in context["page"]:
            row.verbs = [(verb, LABELS[verb]) for verb in services.available_verbs(row, self.request.user)]
        return context


LABELS = {
    "confirm": gettext_lazy("Confirm the overpayment"),
    "refuse": gettext_lazy("Refuse"),
    "waive": gettext_lazy("Waive the rest"),
}


class OverpaymentProposeView(StaffPageMixin, FormPageMixin, FormView):
    """Says that a household was paid more than it was due."""

    permission_required = ADD
    form_class = OverpaymentForm
    title = gettext_lazy("Recover an overpayment")
    lead = gettext_lazy("Nothing is taken back before a second person has confirmed it.")
    submit_label = gettext_lazy("Propose it")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and self.has_permission():
            self.line = get_object_or_404(
                Entitlement.objects.visible_to(request.user, ADD).select_related("cycle__program", "household__area"),
                pk=kwargs["pk"],
            )
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"currency": self.line.cycle.currency}

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [
            (PAYMENTS, reverse("programs:cycle_list")),
            (self.line.household.household_ref, self.line.get_absolute_url()),
            (self.title, ""),
        ]

    def get_cancel_url(self) -> str:
        return self.line.get_absolute_url()

    def form_valid(self, form: BaseForm) -> HttpResponse:
        services.propose_overpayment(line=self.line, actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("The overpayment waits for a second person."))
        return redirect(self.line)


class OverpaymentVerbView(StaffPageMixin, ConfirmPageMixin, FormView):
    """The second person's decision."""

    permission_required = "programs.confirm_overpayment"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.verb = kwargs["verb"]
        if self.verb not in LABELS:
            raise Http404
        self.is_destructive = self.verb != "confirm"
        if request.user.is_authenticated and self.has_permission():
            self.overpayment = get_object_or_404(
                Overpayment.objects.visible_to(request.user).for_list().select_related("household__area"),
                pk=kwargs["pk"],
            )
            if not request.user.has_perm(OVERPAYMENT.permission_of(self.verb), self.overpayment.area):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self) -> type[EmptyForm]:
        return OptionalNoteForm if self.verb == "confirm" else ReasonForm

    def get_title(self) -> Promise:
        return LABELS[self.verb]

    def get_question(self) -> str:
        found = self.overpayment
        return _("Household {ref}: {amount}, of which {recovered} came back. {reason}").format(
            ref=found.household.household_ref,
            amount=formats.plain_money(found.amount, found.currency),
            recovered=formats.plain_money(found.recovered, found.currency),
            reason=found.reason,
        )

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [
            (PAYMENTS, reverse("programs:cycle_list")),
            (OVERPAYMENTS, reverse("programs:overpayment_list")),
            (self.get_title(), ""),
        ]

    def get_cancel_url(self) -> str:
        return reverse("programs:overpayment_list")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(submit_label=self.get_title(), **kwargs)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        services.decide_overpayment(
            overpayment=self.overpayment,
            verb=self.verb,
            actor=self.request.user,
            note=form.cleaned_data.get("reason", ""),
        )
        messages.success(self.request, _("The decision is recorded."))
        return redirect("programs:overpayment_list")
