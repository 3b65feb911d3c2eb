import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from beneficiaries.models import DuplicatePair, Merge
from beneficiaries.queries.evidence import WIDTH, evidence_of
from beneficiaries.queries.groups import group_of
from beneficiaries.queries.households import HouseholdFile
from beneficiaries.services import merges
from beneficiaries.services.duplicates import decide_duplicate_pair
from tests.beneficiaries.factories import WEIGHED, household_of
from tests.beneficiaries.merging import RIGHTS, decider, head_of, merged, pair_of, proposed, same, two_homes
from tests.ministry.factories import AreaFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGES = [*RIGHTS, "beneficiaries.view_merge", "beneficiaries.view_individual"]
LIST = reverse("beneficiaries:duplicate_list")


@pytest.fixture
def person(client):
    user = UserFactory(permissions=PAGES)
    client.force_login(user)
    return user


def page_of(pair: DuplicatePair) -> str:
    return reverse("beneficiaries:duplicate_detail", args=[pair.pk])


def propose_page(pair: DuplicatePair) -> str:
    return reverse("beneficiaries:merge_propose", args=[pair.pk])


class TestAdjudication:
    def test_the_queue_begins_with_strong_pairs_and_most_money(self, client, person):
        pairs = [
            pair_of(head_of(household_of({})), head_of(household_of({})), **traits)
            for traits in (
                {"band": "review", "probability": 0.9, "money_at_stake": 9000},
                {"band": "strong", "probability": 0.97, "money_at_stake": 100},
                {"band": "strong", "probability": 0.96, "money_at_stake": 5000},
            )
        ]
        rows = client.get(LIST).context["page"].rows
        assert [row.pair for row in rows] == [pairs[2], pairs[1], pairs[0]]

    def test_the_queue_is_narrowed_to_an_area(self, client, person):
        area = AreaFactory()
        here = pair_of(head_of(household_of({}, area=area)), head_of(household_of({})))
        pair_of(head_of(household_of({})), head_of(household_of({})))
        rows = client.get(LIST, {"governorate": area.code}).context["page"].rows
        assert [row.pair for row in rows] == [here]

    def test_asks_for_a_visit_which_a_caseworker_finds_on_the_desk(self, client, person):
        area = AreaFactory()
        pair = pair_of(head_of(household_of({}, area=area)), head_of(household_of({}, area=area)))
        client.post(page_of(pair), {"verb": "visit", "note": "لا يظهر أيهما", "seen": "open"})
        pair.refresh_from_db()
        assert pair.status == "visit"
        rights = ["beneficiaries.view_household", "beneficiaries.view_duplicatepair", "beneficiaries.verify_household"]
        visitor = UserFactory(permissions=rights, permissions__area=area)
        client.force_login(visitor)
        assert f"{LIST}?status=visit" in client.get(reverse("desk")).content.decode()
        assert client.post(page_of(pair), {"verb": "visited", "note": "أختان", "seen": ""}).status_code == 302
        pair.refresh_from_db()
        assert (pair.status, pair.decided_by) == ("open", visitor)

    def test_tells_the_second_of_two_who_decide_at_once(self, client, person):
        *_homes, pair = two_homes()
        other = decider()
        decide_duplicate_pair(pair=pair, verb="same", actor=other, note="نعم")
        response = client.post(page_of(pair), {"verb": "different", "note": "لا", "seen": "open"})
        assert response.status_code == 409
        assert other.full_name in response.content.decode()
        pair.refresh_from_db()
        assert pair.status == "same"

    def test_shows_a_group_as_a_whole(self, client, person):
        heads = [head_of(household_of({})) for _number in range(6)]
        pairs = [pair_of(one, other) for one, other in itertools.pairwise(heads)]
        far = pair_of(head_of(household_of({})), head_of(household_of({})))
        group = group_of(pairs[0])
        assert (len(group.people), group.is_large) == (6, True)
        page = client.get(page_of(pairs[0])).content.decode()
        assert all(page_of(pair) in page for pair in pairs[1:])
        assert page_of(far) not in page

    def test_a_pair_of_different_people_does_not_hold_a_group_together(self):
        first, second, third = (head_of(household_of({})) for _number in range(3))
        pair = pair_of(first, second)
        decide_duplicate_pair(pair=pair_of(second, third), verb="different", actor=decider(), note="أختان")
        assert group_of(pair).people == sorted([first.pk, second.pk])


class TestEvidence:
    def test_bars_add_up_from_the_fields(self):
        pair = pair_of(head_of(household_of({})), head_of(household_of({})), evidence=WEIGHED)
        evidence = evidence_of(pair)
        for side in ("person", "family"):
            weights = [entry[f"weight_{side}"] for entry in WEIGHED]
            assert getattr(evidence, side).weight == pytest.approx(sum(weights))
            pieces = [getattr(finding, side) for finding in evidence.findings]
            assert [piece.weight for piece in pieces] == pytest.approx([w for w in weights if w])
            assert all(piece.x >= 0 and piece.x + piece.length <= WIDTH + 1.6 for piece in pieces)

    def test_each_piece_begins_where_the_one_before_ended(self):
        pair = pair_of(head_of(household_of({})), head_of(household_of({})), evidence=WEIGHED)
        pieces = [finding.person for finding in evidence_of(pair).findings]
        for before, after in itertools.pairwise(pieces):
            ends = {before.x, round(before.x + before.length, 1)}
            assert min(abs(end - other) for end in ends for other in (after.x, after.x + after.length)) <= 1.6

    def test_a_shared_number_alone_is_told_in_words(self, client, person):
        *_homes, pair = two_homes()
        assert not evidence_of(pair).is_weighed
        assert "الرقم القومي" in client.get(page_of(pair)).content.decode()


class TestMergePages:
    def test_from_the_decision_to_the_proposal(self, client, person):
        first, second, pair = two_homes(marital_status="widowed")
        response = client.post(page_of(pair), {"verb": "same", "note": "نعم", "seen": "open"})
        assert response.url == propose_page(pair)
        page = client.get(propose_page(pair))
        assert set(page.context["form"].fields) >= {"survivor", "household", "new_head", "note"}
        values = {"survivor": head_of(first).pk, "household": first.pk, "new_head": "", "note": "بطاقة واحدة"}
        traits = dict.fromkeys(page.context["form"].traits, "b")
        response = client.post(propose_page(pair), values | traits)
        merge = Merge.objects.get()
        assert response.url == merge.get_absolute_url()
        assert (merge.survivor, merge.kept_household, merge.closed_household) == (head_of(first), first, second)
        assert merge.taken == ["full_name"]

    def test_choosing_the_other_card_turns_the_choice_of_traits_round(self, client, person):
        first, second, pair = two_homes()
        pair = same(pair)
        values = {"survivor": head_of(second).pk, "household": first.pk, "note": "بطاقة واحدة", "trait_full_name": "b"}
        client.post(propose_page(pair), values)
        assert Merge.objects.get().taken == []

    @pytest.mark.parametrize("missing", ["survivor", "household", "note", "trait_full_name"])
    def test_keeps_what_was_typed_when_something_is_missing(self, client, person, missing):
        first, _second, pair = two_homes()
        pair = same(pair)
        values = {"survivor": head_of(first).pk, "household": first.pk, "note": "نعم", "trait_full_name": "a"}
        response = client.post(propose_page(pair), {**values, missing: ""})
        assert response.status_code == 422
        assert not Merge.objects.exists()

    def test_a_head_who_leaves_others_behind_needs_a_new_one(self, client, person):
        first, second, pair = two_homes()
        pair = same(pair)
        values = {"survivor": head_of(first).pk, "household": second.pk, "note": "نعم", "trait_full_name": "a"}
        response = client.post(propose_page(pair), values)
        assert response.status_code == 409
        assert first.household_ref in response.content.decode()

    def test_a_second_person_confirms_and_the_lineage_is_shown(self, client, person):
        _first, second, pair = two_homes()
        merge = proposed(pair)
        assert client.post(merge.get_absolute_url(), {"verb": "confirm", "note": ""}).status_code == 302
        page = client.get(merge.get_absolute_url()).content.decode()
        assert second.household_ref in page
        assert merge.decided_by_id is None
        assert Merge.objects.get().decided_by == person

    def test_the_proposer_is_not_offered_the_confirmation(self, client, person):
        *_homes, pair = two_homes()
        merge = proposed(pair, actor=person)
        assert 'value="confirm"' not in client.get(merge.get_absolute_url()).content.decode()
        assert client.post(merge.get_absolute_url(), {"verb": "confirm"}).status_code == 422

    def test_once_merged_the_household_file_speaks_of_no_hold_any_more(self, client, person):
        first, _second, pair = two_homes()
        pair = same(pair)
        assert HouseholdFile(first, person).has_hold
        merged(pair)
        assert not HouseholdFile(first, person).has_hold

    def test_undoing_by_two_people(self, client, person):
        *_homes, pair = two_homes()
        merge = merged(pair)
        assert client.post(merge.get_absolute_url(), {"verb": "propose_undo", "note": ""}).status_code == 422
        client.post(merge.get_absolute_url(), {"verb": "propose_undo", "note": "توأمان"})
        client.force_login(UserFactory(permissions=PAGES))
        assert client.post(merge.get_absolute_url(), {"verb": "confirm_undo"}).status_code == 302
        merge.refresh_from_db()
        assert merge.status == Merge.Status.UNDONE

    def test_says_what_stands_in_the_way_of_undoing(self, client, person):
        first, _second, pair = two_homes()
        merge = merged(pair)
        third = household_of({})
        survivor = head_of(first)
        survivor.memberships.update(left_on="2026-01-01", joined_on="2025-01-01")
        first.memberships.current().update(relationship="head")
        third.memberships.create(individual=survivor, relationship="sibling", joined_on="2026-01-02")
        assert third.household_ref in client.get(merge.get_absolute_url()).content.decode()
        response = client.post(merge.get_absolute_url(), {"verb": "propose_undo", "note": "نعم"})
        assert response.status_code == 409

    def test_does_not_name_people_to_a_reader_of_one_side(self, client):
        area = AreaFactory()
        first, second = household_of({"full_name": "سميرة"}, area=area), household_of({"full_name": "سميره"})
        merge = proposed(pair_of(head_of(first), head_of(second)))
        client.force_login(UserFactory(permissions=PAGES, permissions__area=area))
        page = client.get(merge.get_absolute_url()).content.decode()
        assert "سميره" not in page
        assert 'name="verb"' not in page
        assert client.post(merge.get_absolute_url(), {"verb": "confirm"}).status_code == 403
        client.force_login(UserFactory(permissions=PAGES, permissions__area=AreaFactory()))
        assert client.get(merge.get_absolute_url()).status_code == 404

    def test_the_list_costs_the_same_for_two_rows_as_for_ten(self, client, person):
        def cost() -> int:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(reverse("beneficiaries:merge_list"), {"waiting": "yes"}).status_code == 200
            return len(queries)

        for _number in range(2):
            proposed(two_homes()[2])
        few = cost()
        for _number in range(8):
            proposed(two_homes()[2])
        assert cost() == few

    def test_a_merge_waits_on_the_desk_of_others_only(self, client, person):
        *_homes, pair = two_homes()
        merge = proposed(pair)
        address = f"{reverse('beneficiaries:merge_list')}?waiting=yes"
        assert address in client.get(reverse("desk")).content.decode()
        client.force_login(merge.proposed_by)
        assert address not in client.get(reverse("desk")).content.decode()
        merges.refuse_merge(merge=merge, actor=decider(), note="لا")
        client.force_login(person)
        assert address not in client.get(reverse("desk")).content.decode()


class TestWhereACardLeads:
    def address(self, reference: str) -> str:
        return reverse("beneficiaries:individual_redirect", args=[reference])

    def test_a_merged_card_leads_to_the_file_of_the_one_that_stays(self, client, person):
        first, second, pair = two_homes()
        old = head_of(second).person_ref
        assert client.get(self.address(old)).url.startswith(second.get_absolute_url())
        merged(pair)
        assert client.get(self.address(old)).url.startswith(first.get_absolute_url())

    def test_a_household_left_empty_leads_to_the_file_that_stays(self, client, person):
        first, second, pair = two_homes()
        merge = merged(pair)
        page = client.get(second.get_absolute_url()).content.decode()
        assert first.get_absolute_url() in page
        assert merge.get_absolute_url() in page, "the timeline tells of it"

    def test_is_closed_to_readers_of_other_areas(self, client):
        first, *_rest = two_homes()
        client.force_login(UserFactory(permissions=PAGES, permissions__area=AreaFactory()))
        assert client.get(self.address(head_of(first).person_ref)).status_code == 404
        assert client.get(self.address("NOBODY")).status_code == 404
