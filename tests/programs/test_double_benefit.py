import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from beneficiaries.models import DuplicatePair
from beneficiaries.queries.double_benefit import double_months, paid_twice
from beneficiaries.services.duplicate_money import refresh_money_at_stake
from ministry.models import AuditEntry
from programs.models import PaymentCycle
from tests.beneficiaries.merging import decider, head_of, merged, pair_of, same
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs.payment_factories import (
    KARAMA,
    TAKAFUL,
    cycle_of,
    duplicate_pair,
    enrol,
    household,
    prepared,
    program_in_force,
    sent,
)

pytestmark = pytest.mark.django_db
PAGE = reverse("beneficiaries:double_benefit")
FILE = reverse("beneficiaries:double_benefit_export")
RIGHTS = ["beneficiaries.view_household", "beneficiaries.view_duplicatepair", "programs.view_payment"]
OCTOBER, NOVEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1)


def paid(*homes, periods=(NOVEMBER,), **options) -> None:
    """Pay households in one programme for some months, enrolled in this order."""
    program = program_in_force(TAKAFUL, **options)
    enrol(program, *homes)
    for period in periods:
        sent(cycle_of(program, period=period))


def _heads(first, second) -> DuplicatePair:
    return pair_of(head_of(first), head_of(second))


def paid_twins(area=None) -> DuplicatePair:
    """Return a pair of heads whose two households were paid 325 each for October and November."""
    first, second = household(area=area), household(area=area)
    paid(first, second, periods=(OCTOBER, NOVEMBER))
    return duplicate_pair(first, second)


class TestPaidTwice:
    def test_counts_the_months_in_which_both_were_paid(self):
        pair = paid_twins()
        (found,) = paid_twice([pair]).values()
        assert (found.months, found.first_amount, found.second_amount) == (2, 650, 650)

    def test_the_second_is_the_household_enrolled_later(self):
        first, second = household(), household(dt.date(2015, 1, 1))
        paid(second)
        paid(first)
        pair = _heads(first, second)
        (month,) = double_months(DuplicatePair.objects.filter(pk=pair.pk))
        assert (month.first_household_id, month.second_household_id) == (second.pk, first.pk)
        assert (month.first_amount, month.second_amount) == (Decimal(385), Decimal(325))

    def test_finds_it_across_programmes(self):
        young, old = household(), household(head=dt.date(1950, 1, 1))
        paid(young)
        program = program_in_force(KARAMA)
        enrol(program, old)
        sent(cycle_of(program))
        assert paid_twice([_heads(young, old)])

    def test_a_month_in_which_only_one_was_paid_is_no_double(self):
        first, second = household(), household()
        paid(first, periods=(OCTOBER,))
        paid(second, periods=(NOVEMBER,))
        assert paid_twice([_heads(first, second)]) == {}

    def test_held_payments_are_not_paid(self):
        first, second = household(), household()
        pair = duplicate_pair(first, second)
        paid(first, second)
        assert paid_twice([pair]) == {}

    def test_a_month_before_the_person_joined_is_no_double(self):
        first, second = household(), household()
        paid(first, second)
        second.memberships.update(joined_on=dt.date(2026, 12, 1))
        assert paid_twice([_heads(first, second)]) == {}

    def test_is_found_after_the_cards_were_merged(self):
        pair = paid_twins()
        before = paid_twice([pair])
        merged(pair)
        assert paid_twice([pair]) == before


class TestMoneyAtStake:
    def test_is_what_both_households_were_due_in_twelve_months(self):
        first, second = household(), household()
        pair = duplicate_pair(first, second)
        program = program_in_force(TAKAFUL)
        enrol(program, first, second)
        for period in (dt.date(2025, 10, 1), OCTOBER, NOVEMBER):
            prepared(cycle_of(program, period=period))
        assert refresh_money_at_stake(dt.date(2026, 11, 22)) == 1
        pair.refresh_from_db()
        assert pair.money_at_stake == 4 * 325
        assert PaymentCycle.objects.count() == 3
        assert refresh_money_at_stake(dt.date(2026, 11, 22)) == 0


class TestPage:
    def test_shows_the_total_and_the_pairs_with_most_money_first(self, client):
        small, large = paid_twins(), household(dt.date(2015, 1, 1))
        other = household(dt.date(2014, 1, 1))
        paid(large, other, periods=(dt.date(2026, 9, 1), OCTOBER, NOVEMBER))
        big = _heads(large, other)
        client.force_login(UserFactory(permissions=RIGHTS))
        response = client.get(PAGE)
        assert [row[0].pair for row in response.context["page"].rows] == [big, small]
        assert "1,865.00" in response.content.decode()

    def test_leaves_out_different_people_and_other_areas(self, client):
        area = AreaFactory()
        here, _elsewhere, different = paid_twins(area), paid_twins(), paid_twins(area)
        DuplicatePair.objects.filter(pk=different.pk).update(
            status="different", decided_by=decider(), decided_at="2026-01-01T00:00Z"
        )
        client.force_login(UserFactory(permissions=RIGHTS, permissions__area=area))
        assert [row[0].pair for row in client.get(PAGE).context["page"].rows] == [here]

    def test_is_empty_without_pairs_and_for_nobody_without_the_right_to_money(self, client):
        client.force_login(UserFactory(permissions=RIGHTS))
        assert client.get(PAGE).status_code == 200
        paid_twins()
        client.force_login(UserFactory(permissions=RIGHTS[:2]))
        assert client.get(PAGE).context["page"].rows == []
        assert client.get(PAGE, {"status": "nonsense"}).status_code == 400

    def test_the_file_names_months_and_is_logged(self, client):
        pair = same(paid_twins())
        user = UserFactory(permissions=RIGHTS)
        client.force_login(user)
        lines = b"".join(client.get(FILE).streaming_content).decode().splitlines()
        assert len(lines) == 3
        assert lines[1].startswith(f"{pair.pk},")
        assert "2026-10" in lines[1]
        assert AuditEntry.objects.filter(action="double_benefit.exported", actor=user).exists()
