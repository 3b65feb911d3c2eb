"""Pages of two files of one household: the list of joinings, the proposal, and one joining with its decisions."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView

from beneficiaries.filters import HouseholdMergeFilter
from beneficiaries.forms import HouseholdMergeDecisionForm, HouseholdMergeForm
from beneficiaries.models import DuplicatePair, HouseholdMerge
from beneficiaries.queries.merges import household_plan_of, sees_both, steps_in_words
from beneficiaries.queries.overlap import Overlap, households_of, overlap_of
from beneficiaries.services import merges as services
from beneficiaries.services.households import record_reading_pair
from beneficiaries.views.duplicates import DuplicatePairListView
from beneficiaries.views.merges import MergeListView, deeds_of
from ministry.certain import certain, declared_as
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import FormPageMixin, StaffPageMixin, VisibleObjectMixin

_VIEW = "beneficiaries.view_merge"
_DECIDE = "beneficiaries.decide_duplicatepair"


class HouseholdMergeListView(ListPage):
    """Joinings of two files, the newest first."""

    permission_required = _VIEW
    model = HouseholdMerge
    filterset_class = HouseholdMergeFilter
    title = gettext_lazy("Households registered twice")
    lead = gettext_lazy("Two files of one household made one, with everybody in them. It takes two people.")
    row_template_name = "beneficiaries/_household_merge_row.html"
    columns = (
        Column("joining", gettext_lazy("Files"), is_header=True),
        Column("people", gettext_lazy("People"), numeric=True),
        Column("proposed_by", gettext_lazy("Proposed by")),
        Column("proposed", gettext_lazy("Proposed on"), ("proposed_at",)),
        Column("status", gettext_lazy("Status")),
    )
    empty_title = gettext_lazy("No files have been joined")
    empty_text = gettext_lazy(
        "Where most members of two households may be the same people, the page of a pair says so."
    )
    empty_icon = "family"

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [(DuplicatePairListView.title, reverse("beneficiaries:duplicate_list")), (self.title, "")]


class HouseholdMergeProposeView(StaffPageMixin, VisibleObjectMixin, FormPageMixin, DetailView):
    """Who each member of one file is in the other one. `stays` in the address names the file that stays."""

    permission_required = _DECIDE
    model = DuplicatePair
    form_class = HouseholdMergeForm
    template_name = "beneficiaries/household_merge_propose.html"
    title = gettext_lazy("Propose to join two files of one household")
    submit_label = gettext_lazy("Propose the joining")
    overlap: Overlap

    def get_object(self, queryset: QuerySet | None = None) -> DuplicatePair:
        pair = super().get_object(queryset)
        homes = households_of(pair)
        if len(homes) < 2:
            raise Http404
        if not all(self.request.user.has_perm(_DECIDE, home.area) for home in homes):
            raise PermissionDenied
        if self.request.GET.get("stays") == homes[1].household_ref:
            homes.reverse()
        self.overlap = overlap_of(*homes)
        return pair

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        people = [one.individual for one in (*self.overlap.staying, *self.overlap.members)]
        record_reading_pair(individuals=people, reader=self.user)
        return response

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [
            (DuplicatePairListView.title, reverse("beneficiaries:duplicate_list")),
            (_("Pair {number}").format(number=self.object.pk), self.get_cancel_url()),
            (self.title, ""),
        ]

    def get_cancel_url(self) -> str:
        return reverse("beneficiaries:duplicate_detail", args=[self.object.pk])

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"overlap": self.overlap}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(overlap=self.overlap, **kwargs)

    def form_valid(self, form: HouseholdMergeForm) -> HttpResponse:
        whole = services.propose_household_merge(
            kept=self.overlap.kept,
            closed=self.overlap.closed,
            choices=form.choices,
            actor=self.request.user,
            note=form.cleaned_data["note"],
        )
        messages.success(
            self.request,
            _("Joining {number} is proposed. Nothing moves until a second person confirms it.").format(number=whole.pk),
        )
        return redirect(whole)


class HouseholdMergeView(StaffPageMixin, VisibleObjectMixin, FormPageMixin, DetailView):
    """One joining: who is whom, what it moved, and the decision that is due."""

    permission_required = _VIEW
    model = HouseholdMerge
    form_class = HouseholdMergeDecisionForm
    template_name = "beneficiaries/household_merge_detail.html"
    submit_label = gettext_lazy("Record the decision")

    def get_queryset(self) -> QuerySet[HouseholdMerge]:
        people = ("proposed_by", "decided_by", "undo_proposed_by", "undone_by")
        return super().get_queryset().select_related("kept_household__area", "closed_household__area", *people)

    def get_title(self) -> str:
        return _("Joining {number}").format(number=self.object.pk)

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [
            (MergeListView.title, reverse("beneficiaries:merge_list")),
            (HouseholdMergeListView.title, reverse("beneficiaries:household_merge_list")),
            (self.get_title(), ""),
        ]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = declared_as(TemplateResponse, super().get(request, *args, **kwargs))
        if plan := certain(response.context_data)["plan"]:
            people = [card for part in plan.parts for card in (part.merge.survivor, part.merge.merged)]
            people += [comer.individual for comer in plan.comers]
            record_reading_pair(individuals=people, reader=self.user)
        return response

    def get_form_kwargs(self) -> dict[str, Any]:
        verbs = services.verbs_open_to(merge=self.object, actor=self.request.user)
        if self.request.method == "POST" and not verbs:
            raise PermissionDenied
        return super().get_form_kwargs() | {"verbs": verbs}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        whole, context = self.object, super().get_context_data(**kwargs)
        is_shown = sees_both(whole, self.request.user)
        verbs = [verb for verb, _label in context["form"].fields["verb"].choices]
        plan = household_plan_of(whole) if is_shown else None
        return context | {
            "can_decide": is_shown and bool(verbs),
            "plan": plan,
            "steps": steps_in_words([part.merge for part in plan.parts]) if plan else [],
            "obstacles": services.obstacles_to_household_undo(whole) if is_shown and whole.stands else [],
            "deeds": deeds_of(whole),
        }

    def form_valid(self, form: HouseholdMergeDecisionForm) -> HttpResponse:
        verb = form.cleaned_data["verb"]
        whole = _SERVICES[verb](whole=self.object, actor=self.request.user, note=form.cleaned_data["note"])
        messages.success(self.request, str(_DONE[verb]).format(number=whole.pk))
        return redirect(whole)


_SERVICES = {
    "confirm": services.confirm_household_merge,
    "refuse": services.refuse_household_merge,
    "propose_undo": services.propose_household_undo,
    "confirm_undo": services.confirm_household_undo,
    "keep": services.keep_household_merge,
}
_DONE = {
    "confirm": gettext_lazy("Joining {number} is done: the two files are one."),
    "refuse": gettext_lazy("Joining {number} is refused. Nothing has moved."),
    "propose_undo": gettext_lazy("Undoing joining {number} is proposed. A second person has to confirm it."),
    "confirm_undo": gettext_lazy("Joining {number} is undone: everything it moved is back."),
    "keep": gettext_lazy("Joining {number} goes on standing."),
}
