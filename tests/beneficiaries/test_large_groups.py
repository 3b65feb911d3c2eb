"""People who hang together in groups of more than five: listed, shown as a table, decided by hand."""

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from beneficiaries.models import DuplicatePair
from beneficiaries.queries.groups import TABLE_LIMIT, large_groups, resemblance_of
from beneficiaries.services.duplicates import decide_duplicate_pair, decide_duplicate_pairs, state_of
from ministry.exceptions import RuleViolation
from tests.beneficiaries.factories import household_of
from tests.beneficiaries.merging import decider, head_of, merged, pair_of
from tests.ministry.factories import AreaFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = reverse("beneficiaries:large_group_list")


def chain(length: int, **traits) -> list[DuplicatePair]:
    """Return the pairs of so many people of whom each resembles the next."""
    heads = [head_of(household_of({"full_name": f"سميرة {number}"})) for number in range(length)]
    return [pair_of(one, other, **traits) for one, other in itertools.pairwise(heads)]


@pytest.fixture
def person(client):
    user = decider()
    client.force_login(user)
    return user


class TestLargeGroups:
    def test_five_are_not_large_and_six_are(self, person):
        chain(5)
        pairs = chain(6, money_at_stake=700)
        (group,) = large_groups(person)
        assert (group.pair_id, group.people, group.pairs, group.undecided) == (pairs[0].pk, 6, 5, 5)
        assert group.money == 700

    def test_a_decision_that_two_are_different_parts_a_group(self, person):
        pairs = chain(7)
        decide_duplicate_pair(pair=pairs[2], verb="different", actor=person, note="أختان")
        assert large_groups(person) == []

    def test_cards_that_were_merged_no_longer_count(self, person):
        pairs = chain(6)
        merged(pairs[0])
        assert large_groups(person) == []

    def test_a_group_in_which_all_is_decided_is_not_listed(self, person):
        for pair in chain(6):
            decide_duplicate_pair(pair=pair, verb="same", actor=person, note="هي نفسها")
        assert large_groups(person) == []

    def test_most_money_first(self, person):
        little, much = chain(6, money_at_stake=1), chain(6, money_at_stake=9)
        assert [group.pair_id for group in large_groups(person)] == [much[0].pk, little[0].pk]

    def test_elsewhere_nobody_sees_it(self):
        chain(6)
        assert large_groups(decider(AreaFactory())) == []


class TestResemblance:
    def test_shows_each_two_of_them_once_in_each_row(self, person):
        pairs = chain(6)
        found = resemblance_of(pairs[3], person)
        assert len(found.people) == 6
        for number, _side, cells in found.table:
            assert [place for place, card in enumerate(cells, start=1) if card] == [
                place for place in (number - 1, number + 1) if 1 <= place <= 6
            ]

    def test_too_many_are_listed_without_a_table(self, person):
        found = resemblance_of(chain(TABLE_LIMIT + 1)[0], person)
        assert found.table == []
        assert len(found.cards) == TABLE_LIMIT

    def test_asks_as_much_for_many_as_for_few(self, person):
        counts = []
        resemblance_of(chain(6)[0], person)  # reads once what the person may do
        for length in (6, 14):
            pair = chain(length)[0]
            with CaptureQueriesContext(connection) as queries:
                assert resemblance_of(pair, person).table
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestDecidingFromThere:
    def test_several_at_once(self, client, person):
        pairs = chain(6)
        page = reverse("beneficiaries:large_group_detail", args=[pairs[0].pk])
        chosen = [f"{pair.pk} {state_of(pair)}" for pair in pairs[:3]]
        assert client.get(page).status_code == 200
        response = client.post(page, {"pairs": chosen, "verb": "different", "note": "نساء من قرية واحدة"})
        assert response.status_code == 302
        assert DuplicatePair.objects.filter(status="different", decided_by=person).count() == 3

    def test_a_pair_somebody_has_decided_since_is_told(self, client, person):
        pairs = chain(6)
        page = reverse("beneficiaries:large_group_detail", args=[pairs[0].pk])
        chosen = [f"{pair.pk} {state_of(pair)}" for pair in pairs]
        decide_duplicate_pair(pair=pairs[1], verb="visit", actor=decider(), note="لا أعرف")
        response = client.post(page, {"pairs": chosen, "verb": "same", "note": "هي نفسها"})
        assert response.status_code == 422
        assert "هي نفسها" in response.content.decode()
        assert not DuplicatePair.objects.filter(status="same").exists()

    def test_all_or_none(self, person):
        pairs = chain(6)
        seen = {pair.pk: state_of(pair) for pair in pairs}
        decide_duplicate_pair(pair=pairs[4], verb="same", actor=decider(), note="هي نفسها")
        with pytest.raises(RuleViolation, match=str(pairs[4].pk)):
            decide_duplicate_pairs(seen=seen, verb="different", actor=person, note="أخوات")
        assert not DuplicatePair.objects.filter(status="different").exists()

    def test_takes_the_right_to_decide(self, client):
        pairs = chain(6)
        reader = UserFactory(permissions=["beneficiaries.view_duplicatepair", "beneficiaries.view_household"])
        client.force_login(reader)
        page = reverse("beneficiaries:large_group_detail", args=[pairs[0].pk])
        assert client.get(page).context["can_decide"] is False
        assert client.post(page, {}).status_code == 403

    def test_the_list_leads_to_each(self, client, person):
        pair = chain(6)[0]
        response = client.get(LIST)
        assert reverse("beneficiaries:large_group_detail", args=[pair.pk]) in response.content.decode()
