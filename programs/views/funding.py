"""Funds: budget lines with what is left on them, one line with its entries, allotments by two people."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.forms import BaseForm
from django.forms import Form as EmptyForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from ministry import formats
from ministry.models import Area
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import ConfirmPageMixin, FormPageMixin, StaffPageMixin
from programs.funding.filters import BudgetLineFilter, FundEntryFilter
from programs.funding.forms import AllotmentForm, BudgetLineForm, FundCycleForm
from programs.models import Allotment, BudgetLine, FundEntry
from programs.payments.forms import OptionalNoteForm, ReasonForm
from programs.queries.funding import forecast_of, waiting_allotments
from programs.services import funding as services
from programs.views.payment_cycles import CyclePageMixin

VIEW = "programs.view_budgetline"
ALLOT = "programs.add_allotment"
CONFIRM = "programs.confirm_allotment"
FUNDS = gettext_lazy("Funds")


class BudgetLineListView(ListPage):
    """All budget lines, the latest year first."""

    permission_required = VIEW
    model = BudgetLine
    filterset_class = BudgetLineFilter
    title = FUNDS
    lead = gettext_lazy("What each source gives each programme for a year, and what is left of it.")
    columns = (
        Column("line", gettext_lazy("Source and programme"), ("source__code", "program__code"), is_header=True),
        Column("year", gettext_lazy("Year"), ("year",)),
        Column("allotted", gettext_lazy("Allotted"), numeric=True),
        Column("committed", gettext_lazy("Committed"), numeric=True),
        Column("spent", gettext_lazy("With agents or paid"), numeric=True),
        Column("available", gettext_lazy("Available"), numeric=True),
    )
    row_template_name = "programs/_budget_line_row.html"
    actions_template_name = "programs/_budget_line_list_actions.html"
    empty_title = gettext_lazy("No budget line yet")
    empty_text = gettext_lazy("Open a line for what a source gives a programme; then have money allotted to it.")
    empty_icon = "scale"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_open = self.request.user.has_perm("programs.add_budgetline", Area.objects.root())
        return super().get_context_data(may_open=may_open, **kwargs)


class BudgetLineCreateView(StaffPageMixin, FormPageMixin, FormView):
    """Opens a line."""

    permission_required = "programs.add_budgetline"
    binds_country = True
    form_class = BudgetLineForm
    title = gettext_lazy("Open a budget line")
    lead = gettext_lazy("Nothing is on it until money has been allotted and a second person has confirmed it.")
    submit_label = gettext_lazy("Open the line")

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [(FUNDS, reverse("programs:budget_line_list")), (self.title, "")]

    def get_cancel_url(self) -> str:
        return reverse("programs:budget_line_list")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        line = services.open_budget_line(actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("The budget line is open. Allot money to it next."))
        return redirect(line)


def line_title(line: BudgetLine) -> str:
    """Return what a line is called on pages."""
    return _("{program}, {year}").format(program=line.program.name, year=formats.digits(str(line.year)))


class LinePageMixin(StaffPageMixin):
    """A page of one budget line."""

    line: BudgetLine

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and self.has_permission():
            self.line = get_object_or_404(BudgetLine.objects.visible_to(request.user).for_list(), pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def line_crumbs(self, label: str | Promise) -> list[tuple[str | Promise, str]]:
        return [
            (FUNDS, reverse("programs:budget_line_list")),
            (line_title(self.line), self.line.get_absolute_url()),
            (label, ""),
        ]


class BudgetLineDetailView(LinePageMixin, ListPage):
    """One line: its four figures, how long they last, what waits for a second person, and the entries."""

    permission_required = VIEW
    template_name = "programs/budget_line_detail.html"
    filterset_class = FundEntryFilter
    columns = (
        Column("entry", gettext_lazy("Entry"), is_header=True),
        Column("what", gettext_lazy("What for")),
        Column("entered", gettext_lazy("Entered")),
        Column("amount", gettext_lazy("Amount"), numeric=True),
    )
    row_template_name = "programs/_fund_entry_row.html"
    caption = gettext_lazy("Entries of the ledger, the latest first")
    empty_title = gettext_lazy("No entry yet")
    empty_text = gettext_lazy("The first is an allotment that two people agreed to.")
    empty_icon = "scale"

    def get_title(self) -> str:
        return line_title(self.line)

    def get_lead(self) -> str:
        return self.line.source.name

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [(FUNDS, reverse("programs:budget_line_list")), (self.get_title(), "")]

    def get_queryset(self) -> QuerySet[FundEntry]:
        unsettled = Allotment.objects.exclude(status=Allotment.Status.REFUSED)
        return (
            FundEntry.objects.filter(budget_line=self.line)
            .for_list()
            .prefetch_related(Prefetch("corrections", unsettled, to_attr="asked_back"))
            .order_by("-id")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, country = self.request.user, Area.objects.root()
        may_confirm = user.has_perm(CONFIRM, country)
        return super().get_context_data(
            line=self.line,
            forecast=forecast_of(self.line, timezone.localdate()),
            waiting=[
                (allotment, may_confirm and allotment.proposed_by_id != user.pk)
                for allotment in waiting_allotments(self.line)
            ],
            may_allot=user.has_perm(ALLOT, country),
            **kwargs,
        )


class AllotView(LinePageMixin, FormPageMixin, FormView):
    """Proposes to put money on a line."""

    permission_required = ALLOT
    binds_country = True
    form_class = AllotmentForm
    title = gettext_lazy("Allot money")
    lead = gettext_lazy("It counts once a second person has confirmed it.")
    submit_label = gettext_lazy("Propose the allotment")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"currency": self.line.currency}

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return self.line_crumbs(self.title)

    def get_cancel_url(self) -> str:
        return self.line.get_absolute_url()

    def form_valid(self, form: BaseForm) -> HttpResponse:
        services.propose_allotment(line=self.line, actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("The allotment waits for a second person."))
        return redirect(self.line)


class CorrectEntryView(StaffPageMixin, ConfirmPageMixin, FormView):
    """Proposes to take an allotment back by its opposite."""

    permission_required = ALLOT
    binds_country = True
    form_class = ReasonForm
    title = gettext_lazy("Take the allotment back")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and self.has_permission():
            self.entry = get_object_or_404(
                FundEntry.objects.select_related("budget_line__program").filter(
                    budget_line__in=BudgetLine.objects.visible_to(request.user)
                ),
                pk=kwargs["pk"],
            )
        return super().dispatch(request, *args, **kwargs)

    def get_question(self) -> str:
        return _(
            "An entry of {amount} with the opposite sign is made once a second person has confirmed it. Both stay in "
            "the ledger."
        ).format(amount=formats.plain_money(self.entry.amount, self.entry.budget_line.currency))

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        line = self.entry.budget_line
        return [
            (FUNDS, reverse("programs:budget_line_list")),
            (line_title(line), line.get_absolute_url()),
            (self.title, ""),
        ]

    def get_cancel_url(self) -> str:
        return self.entry.budget_line.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(submit_label=self.title, **kwargs)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        services.propose_correction(entry=self.entry, reason=form.cleaned_data["reason"], actor=self.request.user)
        messages.success(self.request, _("The correction waits for a second person."))
        return redirect(self.entry.budget_line)


@dataclass(frozen=True)
class Verb:
    """A decision about an allotment: its page and what it calls."""

    label: Promise
    done: Promise
    call: Callable[[Allotment, Any, str], object]
    form_class: type[EmptyForm]
    is_destructive: bool = False


ALLOTMENT_VERBS = {
    "confirm": Verb(
        gettext_lazy("Confirm the entry"),
        gettext_lazy("The entry is made."),
        lambda allotment, actor, note: services.confirm_allotment(allotment=allotment, actor=actor, note=note),
        OptionalNoteForm,
    ),
    "refuse": Verb(
        gettext_lazy("Refuse"),
        gettext_lazy("The proposal was refused. Nothing was entered."),
        lambda allotment, actor, note: services.refuse_allotment(allotment=allotment, actor=actor, note=note),
        ReasonForm,
        is_destructive=True,
    ),
}


class AllotmentVerbView(StaffPageMixin, ConfirmPageMixin, FormView):
    """The second person's decision."""

    permission_required = CONFIRM
    binds_country = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if kwargs["verb"] not in ALLOTMENT_VERBS:
            raise Http404
        self.verb = ALLOTMENT_VERBS[kwargs["verb"]]
        self.is_destructive = self.verb.is_destructive
        if request.user.is_authenticated and self.has_permission():
            self.allotment = get_object_or_404(
                Allotment.objects.select_related("budget_line__program", "budget_line__source", "proposed_by").filter(
                    budget_line__in=BudgetLine.objects.visible_to(request.user)
                ),
                pk=kwargs["pk"],
            )
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self) -> type[EmptyForm]:
        return self.verb.form_class

    def get_title(self) -> Promise:
        return self.verb.label

    def get_question(self) -> str:
        line = self.allotment.budget_line
        return _("{source} for {line}: {amount}. Proposed by {person}: {reason}").format(
            source=line.source.name,
            line=line_title(line),
            amount=formats.plain_money(self.allotment.amount, line.currency),
            person=self.allotment.proposed_by,
            reason=self.allotment.reason,
        )

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        line = self.allotment.budget_line
        return [
            (FUNDS, reverse("programs:budget_line_list")),
            (line_title(line), line.get_absolute_url()),
            (self.verb.label, ""),
        ]

    def get_cancel_url(self) -> str:
        return self.allotment.budget_line.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(submit_label=self.verb.label, **kwargs)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        self.verb.call(self.allotment, self.request.user, form.cleaned_data.get("reason", ""))
        messages.success(self.request, str(self.verb.done))
        return redirect(self.allotment.budget_line)


class FundCycleView(CyclePageMixin, FormPageMixin, FormView):
    """Says from which line a cycle is paid."""

    permission_required = "programs.add_paymentcycle"
    binds_country = True
    form_class = FundCycleForm
    template_name = "programs/fund_cycle.html"
    title = gettext_lazy("What the payments are paid from")
    submit_label = gettext_lazy("Pay from this line")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"cycle": self.cycle}

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return self.cycle_crumbs(self.title)

    def get_cancel_url(self) -> str:
        return self.cycle.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(cycle=self.cycle, **kwargs)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        services.fund_payment_cycle(cycle=self.cycle, line=form.cleaned_data["line"], actor=self.request.user)
        messages.success(self.request, _("The payments are paid from this budget line."))
        return redirect(self.cycle)
