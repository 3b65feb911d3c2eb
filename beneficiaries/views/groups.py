"""Pages of people who hang together through possible duplicates: the list of large groups, and one of them."""

from typing import Any

from django.contrib import messages
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied
from django.db.models import BigIntegerField, F, Func, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import DetailView

from beneficiaries.forms import GroupDecisionForm
from beneficiaries.models import DuplicatePair
from beneficiaries.queries.groups import LARGE, Resemblance, large_groups, resemblance_of
from beneficiaries.queries.pairs import with_sides
from beneficiaries.services import duplicates as services
from beneficiaries.services.households import record_reading_pair
from beneficiaries.views.duplicates import DuplicatePairListView
from ministry import formats
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import FormPageMixin, StaffPageMixin, VisibleObjectMixin
from ministry.views.paging import Page

_VIEW = "beneficiaries.view_duplicatepair"
_DECIDE = "beneficiaries.decide_duplicatepair"


class LargeGroupListView(ListPage):
    """Groups of more than five people, of whom any two may be one; always decided by hand."""

    permission_required = _VIEW
    model = DuplicatePair
    title = gettext_lazy("Large groups")
    row_template_name = "beneficiaries/_large_group_row.html"
    columns = (
        Column("group", gettext_lazy("Group"), is_header=True),
        Column("people", gettext_lazy("People"), numeric=True),
        Column("undecided", gettext_lazy("Pairs to decide"), numeric=True),
        Column("money", gettext_lazy("Money at stake"), numeric=True),
    )
    empty_title = gettext_lazy("No large groups")
    empty_text = gettext_lazy("Nowhere do more than five people hang together through undecided pairs.")
    empty_icon = "family"

    def get_lead(self) -> str:
        return _(
            "More than {count} people hang together here through possible duplicates. A wrong decision spreads, so no"
            " pair among them is ever strong: look at all of them, then decide."
        ).format(count=formats.number(LARGE))

    def get_queryset(self) -> QuerySet[DuplicatePair]:
        self.groups = {group.pair_id: group for group in large_groups(self.request.user)}
        place = Func(Value(list(self.groups), ArrayField(BigIntegerField())), F("pk"), function="array_position")
        pairs = DuplicatePair.objects.filter(pk__in=self.groups).select_related("individual_a", "individual_b")
        return pairs.order_by(place)

    def cut(self, queryset: QuerySet) -> Page:
        page = super().cut(queryset)
        page.rows = [(card, self.groups[card.pair.pk]) for card in with_sides(page.rows, self.request.user)]
        return page

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [(DuplicatePairListView.title, reverse("beneficiaries:duplicate_list")), (self.title, "")]


class LargeGroupView(StaffPageMixin, VisibleObjectMixin, FormPageMixin, DetailView):
    """Who resembles whom in one group, and one decision on several of its pairs. Any pair of it names it."""

    permission_required = _VIEW
    model = DuplicatePair
    form_class = GroupDecisionForm
    template_name = "beneficiaries/large_group_detail.html"
    submit_label = gettext_lazy("Record the decision")
    resemblance: Resemblance

    def get_queryset(self) -> QuerySet[DuplicatePair]:
        return super().get_queryset().select_related("individual_a", "individual_b")

    def get_object(self, queryset: QuerySet | None = None) -> DuplicatePair:
        pair = super().get_object(queryset)
        self.resemblance = resemblance_of(pair, self.request.user)
        return pair

    def get_title(self) -> str:
        count = len(self.resemblance.people)
        return ngettext("A group of {count} person", "A group of {count} people", count).format(
            count=formats.number(count)
        )

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [
            (DuplicatePairListView.title, reverse("beneficiaries:duplicate_list")),
            (LargeGroupListView.title, reverse("beneficiaries:large_group_list")),
            (self.get_title(), ""),
        ]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        shown = [side.individual for side in self.resemblance.people if side.is_visible]
        record_reading_pair(individuals=shown, reader=self.user)
        return response

    def get_form_kwargs(self) -> dict[str, Any]:
        if self.request.method == "POST" and not self.request.user.has_perm(_DECIDE):
            raise PermissionDenied
        pairs = [
            (
                # With what was seen: whoever decides on what has changed since is told.
                f"{card.pair.pk} {services.state_of(card.pair)}",
                format_html(
                    _("{one} and {other}, {certainty}"), one=card.a.name, other=card.b.name, certainty=card.certainty
                ),
            )
            for card in self.resemblance.undecided
        ]
        return super().get_form_kwargs() | {"pairs": pairs}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        can_decide = bool(self.resemblance.undecided) and self.request.user.has_perm(_DECIDE)
        return super().get_context_data(resemblance=self.resemblance, can_decide=can_decide, **kwargs)

    def form_valid(self, form: GroupDecisionForm) -> HttpResponse:
        chosen = {
            int(key): seen for key, _space, seen in (value.partition(" ") for value in form.cleaned_data["pairs"])
        }
        decided = services.decide_duplicate_pairs(
            seen=chosen, verb=form.cleaned_data["verb"], actor=self.request.user, note=form.cleaned_data["note"]
        )
        messages.success(
            self.request,
            ngettext("{count} pair is decided.", "{count} pairs are decided.", len(decided)).format(
                count=formats.number(len(decided))
            ),
        )
        return redirect("beneficiaries:large_group_detail", pk=self.object.pk)
