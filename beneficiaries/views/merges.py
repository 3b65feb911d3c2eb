"""Pages of merges: the list, the proposal, and one merge with its decisions; and where a card leads."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, View

from beneficiaries.filters import MergeFilter
from beneficiaries.forms import MergeDecisionForm, MergeForm
from beneficiaries.models import DuplicatePair, Household, HouseholdMerge, Individual, Merge
from beneficiaries.queries.cards import differences, homes_of, living_members, survivor_of
from beneficiaries.queries.merges import plan_of, sees_both, steps_in_words
from beneficiaries.queries.pairs import with_sides
from beneficiaries.services import merges as services
from beneficiaries.services.households import record_reading_pair
from beneficiaries.views.duplicates import DuplicatePairListView
from ministry import formats
from ministry.certain import certain, declared_as
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import FormPageMixin, StaffPageMixin, VisibleObjectMixin

_VIEW = "beneficiaries.view_merge"


class MergeListView(ListPage):
    """Merges of two cards, the newest first."""

    permission_required = _VIEW
    model = Merge
    filterset_class = MergeFilter
    title = gettext_lazy("Merges")
    lead = gettext_lazy("Two cards of one person made one. Each is proposed by one person and confirmed by another.")
    row_template_name = "beneficiaries/_merge_row.html"
    columns = (
        Column("merge", gettext_lazy("Cards"), is_header=True),
        Column("households", gettext_lazy("Households")),
        Column("proposed_by", gettext_lazy("Proposed by")),
        Column("proposed", gettext_lazy("Proposed on"), ("proposed_at",)),
        Column("status", gettext_lazy("Status")),
    )
    empty_title = gettext_lazy("No cards have been merged")
    empty_text = gettext_lazy("A merge begins with a possible duplicate that was found to be the same person.")
    empty_icon = "merge"

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [(DuplicatePairListView.title, reverse("beneficiaries:duplicate_list")), (self.title, "")]


class MergeProposeView(StaffPageMixin, VisibleObjectMixin, FormPageMixin, DetailView):
    """Which card stays, where the person lives, and which card is right where they differ."""

    permission_required = "beneficiaries.decide_duplicatepair"
    model = DuplicatePair
    form_class = MergeForm
    template_name = "beneficiaries/merge_propose.html"
    title = gettext_lazy("Propose to merge two cards")
    submit_label = gettext_lazy("Propose the merge")

    def get_queryset(self) -> QuerySet[DuplicatePair]:
        return super().get_queryset().select_related("individual_a", "individual_b")

    def get_object(self, queryset: QuerySet | None = None) -> DuplicatePair:
        pair = super().get_object(queryset)
        if not services.may_propose(pair=pair, actor=self.request.user):
            raise PermissionDenied
        return pair

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        pair = super().get_object()
        live = pair.merges.filter(status__in=(Merge.Status.PROPOSED, *Merge.STANDING)).first()
        # Somebody else was faster, or the person has come back to this address.
        return redirect(live) if live else super().get(request, *args, **kwargs)

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [
            (DuplicatePairListView.title, reverse("beneficiaries:duplicate_list")),
            (_("Pair {number}").format(number=self.object.pk), self.get_cancel_url()),
            (self.title, ""),
        ]

    def get_cancel_url(self) -> str:
        return reverse("beneficiaries:duplicate_detail", args=[self.object.pk])

    def get_form_kwargs(self) -> dict[str, Any]:
        a, b = self.object.individual_a, self.object.individual_b
        homes = homes_of(a.pk, b.pk)
        heads = (
            []
            if homes.are_one
            else [one for home in homes.households for one in living_members(home.pk, besides=(a.pk, b.pk))]
        )
        return super().get_form_kwargs() | {
            "cards": [(person.pk, _name(person)) for person in (a, b)],
            "households": [(home.pk, _home(home)) for home in homes.households],
            "heads": [
                (
                    one.individual_id,
                    _("{name}, household {household}").format(
                        name=one.individual.full_name, household=one.household.household_ref
                    ),
                )
                for one in heads
            ],
            "differences": differences(a, b),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.get("form") or self.get_form()
        kwargs["form"] = form
        context = super().get_context_data(**kwargs)
        context["plan_fields"] = [form[name] for name in form.fields if name not in (*form.traits, "note")]
        context["trait_fields"] = [form[name] for name in form.traits]
        return context

    def form_valid(self, form: MergeForm) -> HttpResponse:
        people = {person.pk: person for person in (self.object.individual_a, self.object.individual_b)}
        new_head = form.cleaned_data.get("new_head")
        merge = services.propose_merge(
            pair=self.object,
            survivor=people[form.cleaned_data["survivor"]],
            kept_household=Household.objects.get(pk=form.household_id),
            new_head=Individual.objects.get(pk=new_head) if new_head else None,
            taken=form.taken,
            actor=self.request.user,
            note=form.cleaned_data["note"],
        )
        messages.success(
            self.request,
            _("Merge {number} is proposed. Nothing moves until a second person confirms it.").format(number=merge.pk),
        )
        return redirect(merge)


def _name(person: Individual) -> str:
    return format_html(
        _("{name} ({reference})"),
        name=formats.isolated(person.full_name),
        reference=formats.isolated(person.person_ref),
    )


def _home(home: Household) -> str:
    return format_html(
        _("{reference}, {area}, registered on {day}"),
        reference=formats.isolated(home.household_ref),
        area=home.area.name,
        day=formats.day(home.registered_on),
    )


class MergeView(StaffPageMixin, VisibleObjectMixin, FormPageMixin, DetailView):
    """One merge: the plan, what it moved, and the decision that is due."""

    permission_required = _VIEW
    model = Merge
    form_class = MergeDecisionForm
    template_name = "beneficiaries/merge_detail.html"
    submit_label = gettext_lazy("Record the decision")

    def get_queryset(self) -> QuerySet[Merge]:
        people = ("proposed_by", "decided_by", "undo_proposed_by", "undone_by", "survivor", "merged", "new_head")
        return (
            super()
            .get_queryset()
            .select_related("pair", "whole", "kept_household__area", "closed_household__area", *people)
        )

    def get_title(self) -> str:
        return _("Merge {number}").format(number=self.object.pk)

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [
            (DuplicatePairListView.title, reverse("beneficiaries:duplicate_list")),
            (MergeListView.title, reverse("beneficiaries:merge_list")),
            (self.get_title(), ""),
        ]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = declared_as(TemplateResponse, super().get(request, *args, **kwargs))
        if certain(response.context_data)["is_shown"]:
            record_reading_pair(individuals=[self.object.survivor, self.object.merged], reader=self.user)
        return response

    def get_form_kwargs(self) -> dict[str, Any]:
        verbs = services.verbs_open_to(merge=self.object, actor=self.request.user)
        if self.request.method == "POST" and not verbs:
            raise PermissionDenied
        return super().get_form_kwargs() | {"verbs": verbs}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        merge, context = self.object, super().get_context_data(**kwargs)
        is_shown = sees_both(merge, self.request.user)
        verbs = [verb for verb, _label in context["form"].fields["verb"].choices]
        return context | {
            "is_shown": is_shown,
            "can_decide": is_shown and bool(verbs),
            "plan": plan_of(merge) if is_shown else [],
            "steps": steps_in_words([merge]) if is_shown else [],
            "obstacles": services.obstacles_to_undo(merge) if is_shown and merge.stands else [],
            "deeds": deeds_of(merge),
            "card": with_sides([merge.pair], self.request.user)[0] if is_shown else None,
        }

    def form_valid(self, form: MergeDecisionForm) -> HttpResponse:
        verb = form.cleaned_data["verb"]
        merge = _SERVICES[verb](merge=self.object, actor=self.request.user, note=form.cleaned_data["note"])
        messages.success(self.request, str(_DONE[verb]).format(number=merge.pk))
        return redirect(merge)


_SERVICES = {
    "confirm": services.confirm_merge,
    "refuse": services.refuse_merge,
    "propose_undo": services.propose_undo,
    "confirm_undo": services.confirm_undo,
    "keep": services.keep_merge,
}
_DONE = {
    "confirm": gettext_lazy("Merge {number} is done: the two cards are one."),
    "refuse": gettext_lazy("Merge {number} is refused. Nothing has moved."),
    "propose_undo": gettext_lazy("Undoing merge {number} is proposed. A second person has to confirm it."),
    "confirm_undo": gettext_lazy("Merge {number} is undone: everything it moved is back."),
    "keep": gettext_lazy("Merge {number} goes on standing."),
}


def deeds_of(merge: Merge | HouseholdMerge) -> list[tuple[str, Any, Any, str]]:
    """Return who did what to a merge or a joining and when, with what they said, in order."""
    refused = merge.status == Merge.Status.REFUSED
    deeds = [
        (_("Proposed"), merge.proposed_by, merge.proposed_at, merge.note),
        (_("Refused") if refused else _("Confirmed"), merge.decided_by, merge.decided_at, merge.decision_note),
        (_("Undoing proposed"), merge.undo_proposed_by, merge.undo_proposed_at, merge.undo_note),
        (_("Undone"), merge.undone_by, merge.undone_at, ""),
    ]
    return [deed for deed in deeds if deed[1] is not None]


class IndividualRedirectView(StaffPageMixin, View):
    """Where a person's number leads: to the file of their household; of a card that was merged, to the other one's."""

    permission_required = "beneficiaries.view_individual"

    def get(self, request: HttpRequest, person_ref: str) -> HttpResponse:
        person = survivor_of(get_object_or_404(Individual, person_ref=person_ref))
        visible = Household.objects.visible_to(self.user)
        home = get_object_or_404(visible, memberships__individual=person, memberships__left_on=None)
        if person.person_ref != person_ref:
            messages.info(
                request,
                _("Card {old} was merged: {new} stands for this person now.").format(
                    old=person_ref, new=person.person_ref
                ),
            )
        return redirect(f"{home.get_absolute_url()}#members")
