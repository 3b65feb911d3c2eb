"""Pages of possible duplicates: the list of pairs, and two people side by side."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView

from beneficiaries.filters import DuplicatePairFilter
from beneficiaries.forms import PairDecisionForm
from beneficiaries.models import DuplicatePair, Household, Merge
from beneficiaries.queries.evidence import evidence_of
from beneficiaries.queries.groups import group_of
from beneficiaries.queries.overlap import households_of, overlap_of
from beneficiaries.queries.pairs import PairCard, compare, with_sides
from beneficiaries.services import duplicates as services
from beneficiaries.services.households import record_reading_pair
from beneficiaries.services.merges import may_propose
from ministry.models import AuditEntry
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import FormPageMixin, StaffPageMixin, VisibleObjectMixin
from ministry.views.paging import Page


class DuplicatePairListView(ListPage):
    """Pairs of people who may be one: strong ones first, then by the money at stake, then by certainty."""

    permission_required = "beneficiaries.view_duplicatepair"
    model = DuplicatePair
    filterset_class = DuplicatePairFilter
    title = gettext_lazy("Possible duplicates")
    lead = gettext_lazy("Two rows that may be one person. A strong open pair keeps payments back until you decide.")
    row_template_name = "beneficiaries/_duplicate_row.html"
    columns = (
        Column("pair", gettext_lazy("People"), is_header=True),
        Column("reasons", gettext_lazy("Why")),
        Column("certainty", gettext_lazy("Certainty"), ("probability",), numeric=True),
        Column("money", gettext_lazy("Money at stake"), ("money_at_stake",), numeric=True),
        Column("status", gettext_lazy("Decision")),
        Column("found", gettext_lazy("Found on"), ("found_at",)),
    )
    empty_title = gettext_lazy("No possible duplicates")
    empty_text = gettext_lazy("Pairs are flagged when a register comes in.")
    empty_icon = "person"
    actions_template_name = "beneficiaries/_duplicate_list_actions.html"

    def get_queryset(self) -> QuerySet[DuplicatePair]:
        pairs = DuplicatePair.objects.visible_to(self.request.user).select_related("individual_a", "individual_b")
        return pairs.by_urgency()

    def cut(self, queryset: QuerySet) -> Page:
        page = super().cut(queryset)
        page.rows = with_sides(page.rows, self.request.user)
        return page


class DuplicatePairView(StaffPageMixin, VisibleObjectMixin, FormPageMixin, DetailView):
    """Two people trait by trait, and the decision on them."""

    permission_required = "beneficiaries.view_duplicatepair"
    model = DuplicatePair
    form_class = PairDecisionForm
    template_name = "beneficiaries/duplicate_detail.html"
    title = gettext_lazy("Are these two people one?")
    submit_label = gettext_lazy("Record the decision")

    def get_queryset(self) -> QuerySet[DuplicatePair]:
        pairs = super().get_queryset().select_related("individual_a", "individual_b", "decided_by")
        return pairs.prefetch_related("individual_a__identifiers", "individual_b__identifiers")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        shown = [side.individual for side in (self.card.a, self.card.b) if side.is_visible]
        record_reading_pair(individuals=shown, reader=self.user)
        return response

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [
            (DuplicatePairListView.title, reverse("beneficiaries:duplicate_list")),
            (_("Pair {number}").format(number=self.object.pk), ""),
        ]

    def get_form_kwargs(self) -> dict[str, Any]:
        verbs = services.verbs_open_to(pair=self.object, actor=self.request.user)
        if self.request.method == "POST" and not verbs:
            raise PermissionDenied
        kwargs = super().get_form_kwargs() | {"verbs": verbs}
        return kwargs | {"initial": {"seen": services.state_of(self.object)}}

    @property
    def card(self) -> PairCard:
        return with_sides([self.object], self.request.user)[0]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        card = self.card
        both = card.a.is_visible and card.b.is_visible
        context = super().get_context_data(card=card, rows=compare(card) if both else [], **kwargs)
        context["can_decide"] = both and bool(context["form"].fields["verb"].choices)
        merges = list(self.object.merges.select_related("proposed_by"))
        live = [merge for merge in merges if merge.status == Merge.Status.PROPOSED or merge.stands]
        group = group_of(self.object)
        homes = households_of(self.object)
        overlap = overlap_of(*homes) if both and not live and len(homes) == 2 else None
        may_join = overlap is not None and overlap.is_mostly_one and self._decides_in(homes)
        return context | {
            "evidence": evidence_of(self.object) if both else None,
            "merge": live[0] if live else None,
            "may_merge": both and not live and may_propose(pair=self.object, actor=self.request.user),
            "overlap": overlap if may_join else None,
            "group": group,
            "group_cards": with_sides(group.pairs, self.request.user),
            "deeds": AuditEntry.objects.filter(
                target_type=DuplicatePair._meta.label_lower, target_id=self.object.pk
            ).select_related("actor"),
        }

    def _decides_in(self, homes: list[Household]) -> bool:
        return all(self.request.user.has_perm("beneficiaries.decide_duplicatepair", home.area) for home in homes)

    def form_valid(self, form: PairDecisionForm) -> HttpResponse:
        pair = services.decide_duplicate_pair(
            pair=self.object,
            verb=form.cleaned_data["verb"],
            actor=self.request.user,
            note=form.cleaned_data["note"],
            seen=form.cleaned_data["seen"] or None,
        )
        messages.success(self.request, str(_DECIDED[form.cleaned_data["verb"]]).format(number=pair.pk))
        if may_propose(pair=pair, actor=self.request.user):
            return redirect("beneficiaries:merge_propose", pk=pair.pk)
        return redirect("beneficiaries:duplicate_list")


_DECIDED = {
    "different": gettext_lazy("Recorded: pair {number} is two different people. It no longer holds any payment."),
    "same": gettext_lazy("Recorded: pair {number} is the same person. Payments stay on hold."),
    "visit": gettext_lazy("Recorded: somebody has to visit the people of pair {number}."),
    "visited": gettext_lazy("Recorded: the people of pair {number} were visited. It can be decided now."),
}
