"""What was paid to two households for the same people: a page and a file."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Func, QuerySet, Value
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from beneficiaries.filters import DuplicatePairFilter
from beneficiaries.models import DuplicatePair, Household
from beneficiaries.queries.double_benefit import double_months, paid_twice, paid_twice_in_total, suspected
from beneficiaries.queries.pairs import with_sides
from beneficiaries.views.duplicates import DuplicatePairListView
from ministry import audit, formats
from ministry.exports import csv_response
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import StaffPageMixin
from ministry.views.paging import Page

_VIEW = "beneficiaries.view_duplicatepair"


class DoubleBenefitView(ListPage):
    """Pairs whose two households were paid for the same months, the most money first."""

    permission_required = _VIEW
    model = DuplicatePair
    filterset_class = DuplicatePairFilter
    title = gettext_lazy("Paid twice for one person")
    row_template_name = "beneficiaries/_double_benefit_row.html"
    actions_template_name = "beneficiaries/_double_benefit_actions.html"
    columns = (
        Column("pair", gettext_lazy("People"), is_header=True),
        Column("status", gettext_lazy("Decision")),
        Column("months", gettext_lazy("Months"), numeric=True),
        Column("first", gettext_lazy("Paid to the household enrolled first"), numeric=True),
        Column("second", gettext_lazy("Paid to the other household"), numeric=True),
    )
    empty_title = gettext_lazy("Nobody was paid twice")
    empty_text = gettext_lazy("No two households of one person were paid for the same month.")
    empty_icon = "money"

    def get_queryset(self) -> QuerySet[DuplicatePair]:
        return suspected(self.request.user)

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [(DuplicatePairListView.title, reverse("beneficiaries:duplicate_list")), (self.title, "")]

    def get_lead(self) -> str:
        if not self.total.pairs:
            return ""
        return _(
            "{amount} went to a second household for months in which the same person was counted in another one. It is"
            " the most that was paid twice: others in that household may have been entitled to a part of it."
        ).format(amount=formats.plain_money(self.total.second_amount))

    def cut(self, queryset: QuerySet) -> Page:
        self.total, keys = paid_twice_in_total(queryset)
        place = Func(Value(keys, ArrayField(BigIntegerField())), F("pk"), function="array_position")
        pairs = DuplicatePair.objects.filter(pk__in=keys).select_related("individual_a", "individual_b")
        page = super().cut(pairs.order_by(place))
        amounts = paid_twice(page.rows)
        page.rows = [(card, amounts[card.pair.pk]) for card in with_sides(page.rows, self.request.user)]
        return page


class DoubleBenefitExportView(StaffPageMixin, View):
    """The same month by month, as a file; logged."""

    permission_required = _VIEW

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        pairs = suspected(self.user)
        audit.record(actor=self.user, action="double_benefit.exported")
        return csv_response(
            "paid-twice.csv",
            (
                _("Pair"),
                _("Decision"),
                _("Month"),
                _("Household enrolled first"),
                _("Paid to it"),
                _("Other household"),
                _("Paid to it as well"),
            ),
            _rows(pairs),
        )


def _rows(pairs: QuerySet[DuplicatePair]) -> Any:
    labels = dict(DuplicatePair.Status.choices)
    months = list(double_months(pairs))
    statuses = dict(DuplicatePair.objects.filter(pk__in={one.pair_id for one in months}).values_list("pk", "status"))
    references = dict(
        Household.objects.filter(
            pk__in={key for one in months for key in (one.first_household_id, one.second_household_id)}
        ).values_list("pk", "household_ref")
    )
    for one in months:
        yield (
            one.pair_id,
            str(labels[statuses[one.pair_id]]),
            f"{one.period:%Y-%m}",
            references[one.first_household_id],
            one.first_amount,
            references[one.second_household_id],
            one.second_amount,
        )
