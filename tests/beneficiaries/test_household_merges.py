"""Two files of one household become one in one deed, and two again."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from beneficiaries.models import Consent, DuplicatePair, HouseholdMerge, Membership, Merge
from beneficiaries.queries.cards import survivor_of
from beneficiaries.queries.overlap import overlap_of
from beneficiaries.services import merges
from beneficiaries.services.duplicates import decide_duplicate_pair
from beneficiaries.services.merges import Choice
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from tests.beneficiaries.factories import ConsentFactory, DisabilityFactory, IdentifierFactory, household_of
from tests.beneficiaries.merging import RIGHTS, decider, head_of, pair_of
from tests.beneficiaries.test_merges import register
from tests.ministry.factories import UserFactory

pytestmark = pytest.mark.django_db
S = HouseholdMerge.Status
PAGES = [*RIGHTS, "beneficiaries.view_merge", "beneficiaries.view_individual"]
FAMILY = (
    {"full_name": "أحمد علي حسن", "sex": "M"},
    {"full_name": "سعاد محمود", "relationship": "spouse"},
    {"full_name": "منى أحمد علي", "birth_date": dt.date(2014, 5, 6)},
    {"full_name": "عمر أحمد علي", "birth_date": dt.date(2016, 7, 8)},
)


@pytest.fixture(autouse=True)
def _in_english():
    """Refusals are told apart by their words."""
    with translation.override("en"):
        yield


def people(home):
    return [one.individual for one in home.memberships.order_by("pk").select_related("individual")]


def twice(*, found: int = 4, extra: bool = False):
    """Return one family registered twice, with as many pairs found; the second file may know one child more."""
    first = household_of(*[dict(one) for one in FAMILY])
    second = household_of(*[dict(one) for one in FAMILY], *([{"full_name": "ليلى أحمد علي"}] if extra else []))
    pairs = [pair_of(a, b, probability=0.9) for a, b in list(zip(people(first), people(second), strict=False))[:found]]
    return first, second, pairs


def all_same(first, second, **relationships: str) -> dict[int, Choice]:
    """Choose: each member of the second file is the one of the first in the same place, the rest come along."""
    known = people(first)
    return {
        person.pk: Choice(same_as=known[place].pk) if place < len(known) else Choice(relationship="child")
        for place, person in enumerate(people(second))
    }


def proposed(first, second, **options) -> HouseholdMerge:
    values = {"choices": all_same(first, second), "actor": decider(), "note": "الأسرة نفسها"} | options
    return merges.propose_household_merge(kept=first, closed=second, **values)


def joined(first, second, **options) -> HouseholdMerge:
    return merges.confirm_household_merge(whole=proposed(first, second, **options), actor=decider())


def parted(whole: HouseholdMerge) -> HouseholdMerge:
    whole = merges.propose_household_undo(whole=whole, actor=decider(), note="أسرتان")
    return merges.confirm_household_undo(whole=whole, actor=decider())


def everything() -> dict:
    return register() | {"consent": list(Consent.objects.order_by("pk").values())}


class TestPropose:
    def test_decides_every_pair_and_moves_nothing(self):
        first, second, pairs = twice(found=3)
        homes = list(Membership.objects.order_by("pk").values())
        whole = proposed(first, second)
        assert (whole.status, whole.parts.count(), whole.comers.count()) == (S.PROPOSED, 4, 0)
        # The fourth pair nobody had found: it is written down.
        assert DuplicatePair.objects.filter(status="same").count() == len(pairs) + 1
        assert list(Membership.objects.order_by("pk").values()) == homes

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda choices, keys: choices.pop(keys[0]), "each member"),
            (lambda choices, keys: choices.update({keys[0]: choices[keys[1]]}), "cannot both be"),
            (lambda choices, keys: choices.update({keys[0]: Choice(same_as=keys[1])}), "people who live in"),
            (lambda choices, keys: choices.update({keys[0]: Choice(relationship="head")}), "to the head of the file"),
            (
                lambda choices, keys: choices.update({key: Choice(relationship="child") for key in keys[:2]}),
                "No more than half",
            ),
        ],
    )
    def test_refuses_what_does_not_fit(self, change, words):
        first, second, _pairs = twice()
        choices = all_same(first, second)
        change(choices, list(choices))
        with pytest.raises(RuleViolation, match=words):
            proposed(first, second, choices=choices)
        assert not HouseholdMerge.objects.exists()

    def test_refuses_two_who_were_found_to_be_different(self):
        first, second, pairs = twice()
        decide_duplicate_pair(pair=pairs[2], verb="different", actor=decider(), note="أختان")
        with pytest.raises(RuleViolation, match="different people"):
            proposed(first, second)

    def test_needs_a_reason_and_the_right_in_both_areas(self):
        first, second, _pairs = twice()
        with pytest.raises(PermissionDenied):
            proposed(first, second, actor=decider(first.area))
        with pytest.raises(RuleViolation, match="rests on"):
            proposed(first, second, note=" ")

    def test_is_proposed_once(self):
        first, second, _pairs = twice()
        proposed(first, second)
        with pytest.raises(RuleViolation, match="already"):
            proposed(first, second)
        with pytest.raises(RuleViolation, match="already"):
            proposed(second, first)


class TestConfirm:
    def test_makes_everybody_one_and_closes_the_second_file(self):
        first, second, _pairs = twice()
        before, others = people(first), people(second)
        whole = joined(first, second)
        assert [one.individual for one in first.memberships.current().order_by("pk")] == before
        assert not second.memberships.current().exists()
        second.refresh_from_db()
        assert second.status == "inactive"
        for survivor, merged in zip(before, others, strict=True):
            merged.refresh_from_db()
            assert survivor_of(merged) == survivor
        assert set(whole.parts.values_list("status", flat=True)) == {S.MERGED}
        connection.check_constraints()

    def test_brings_along_whom_only_the_second_file_knows(self):
        first, second, _pairs = twice(extra=True)
        comer = people(second)[-1]
        whole = joined(first, second)
        row = Membership.objects.current().get(individual=comer)
        assert (row.household, row.relationship, whole.comers.get().individual) == (first, "child", comer)
        comer.refresh_from_db()
        assert comer.merged_into_id is None

    def test_works_where_another_member_heads_the_second_file(self):
        first = household_of(*[dict(one) for one in FAMILY])
        second = household_of(
            {"full_name": "سعاد محمود"}, {"full_name": "أحمد علي", "relationship": "spouse"}, {"full_name": "منى أحمد"}
        )
        a, b = people(first), people(second)
        choices = {b[0].pk: Choice(same_as=a[1].pk), b[1].pk: Choice(same_as=a[0].pk), b[2].pk: Choice(same_as=a[2].pk)}
        joined(first, second, choices=choices)
        assert head_of(first) == a[0]
        assert first.memberships.current().count() == 4

    def test_a_head_whom_the_other_file_does_not_know_comes_along(self):
        first, second, _pairs = twice()
        choices = all_same(first, second)
        choices[people(second)[0].pk] = Choice(relationship="other_relative")
        joined(first, second, choices=choices)
        assert first.memberships.current().count() == 5
        assert head_of(first) == people(first)[0]
        connection.check_constraints()

    def test_takes_what_the_other_card_is_right_about(self):
        first, second, _pairs = twice()
        head, other = people(first)[0], people(second)[0]
        type(other).objects.filter(pk=other.pk).update(birth_date=dt.date(1979, 1, 2), phone="01012345678")
        choices = all_same(first, second)
        choices[other.pk] = Choice(same_as=head.pk, taken=["birth_date"])
        joined(first, second, choices=choices)
        head.refresh_from_db()
        assert (head.birth_date, head.phone) == (dt.date(1979, 1, 2), "01012345678")

    def test_takes_a_second_person(self):
        first, second, _pairs = twice()
        actor = decider()
        whole = proposed(first, second, actor=actor)
        with pytest.raises(RuleViolation, match="second person"):
            merges.confirm_household_merge(whole=whole, actor=actor)
        with pytest.raises(IntegrityError), transaction.atomic():
            HouseholdMerge.objects.filter(pk=whole.pk).update(
                status=S.MERGED, decided_by=actor, decided_at=timezone.now()
            )

    def test_refuses_when_other_people_live_there_by_now(self):
        first, second, _pairs = twice()
        whole = proposed(first, second)
        second.memberships.filter(relationship="child").first().delete()
        with pytest.raises(RuleViolation, match="Other people live"):
            merges.confirm_household_merge(whole=whole, actor=decider())

    def test_a_part_is_never_decided_alone(self):
        first, second, _pairs = twice()
        part = proposed(first, second).parts.first()
        with pytest.raises(RuleViolation, match="whole"):
            merges.confirm_merge(merge=part, actor=decider())
        assert merges.verbs_open_to(merge=part, actor=decider()) == []
        with pytest.raises(InternalError), transaction.atomic():
            Merge.objects.filter(pk=part.pk).update(
                status=S.MERGED, decided_by=UserFactory(), decided_at=timezone.now()
            )

    def test_refused_it_leaves_everything(self):
        first, second, _pairs = twice()
        whole = proposed(first, second)
        before = everything()
        merges.refuse_household_merge(whole=whole, actor=decider(), note="أسرتان")
        assert everything() == before
        assert set(whole.parts.values_list("status", flat=True)) == {S.REFUSED}


class TestUndo:
    def test_is_exactly_the_inverse(self):
        first, second, _pairs = twice(extra=True)
        a, b = people(first), people(second)
        IdentifierFactory(individual=a[0], value="28806151234567")
        IdentifierFactory(individual=b[0], value="28806151234567")
        IdentifierFactory(individual=b[1], kind="passport", value="A1")
        DisabilityFactory(individual=b[2])
        # Pairs across and inside the two files, some touched by two parts.
        for one, other in ((a[1], b[2]), (b[1], b[2]), (b[2], b[3]), (b[3], head_of(household_of({})))):
            pair_of(one, other, probability=0.6)
        ConsentFactory(household=second, purpose="sharing")
        whole = proposed(first, second)
        before = everything()
        whole = merges.confirm_household_merge(whole=whole, actor=decider())
        assert everything() != before
        assert merges.obstacles_to_household_undo(whole) == []
        parted(whole)
        assert everything() == before

    def test_can_be_joined_again_the_other_way(self):
        first, second, _pairs = twice()
        parted(joined(first, second))
        assert joined(second, first).stands

    def test_is_refused_once_one_who_came_along_has_left(self):
        first, second, _pairs = twice(extra=True)
        comer = people(second)[-1]
        whole = joined(first, second)
        Membership.objects.filter(individual=comer).update(left_on=timezone.localdate())
        with pytest.raises(RuleViolation, match="came along"):
            merges.propose_household_undo(whole=whole, actor=decider(), note="أسرتان")

    def test_takes_two_and_may_be_refused(self):
        first, second, _pairs = twice()
        actor = decider()
        whole = merges.propose_household_undo(whole=joined(first, second), actor=actor, note="أسرتان")
        with pytest.raises(RuleViolation, match="second person"):
            merges.confirm_household_undo(whole=whole, actor=actor)
        whole = merges.keep_household_merge(whole=whole, actor=decider(), note="أسرة واحدة")
        assert set(whole.parts.values_list("status", flat=True)) == {S.MERGED}
        with pytest.raises(TransitionNotAllowed):
            merges.confirm_household_undo(whole=whole, actor=decider())


class TestOverlap:
    def test_finds_who_is_whom_the_surest_first_each_person_once(self):
        first, second, _pairs = twice(found=3)
        a, b = people(first), people(second)
        pair_of(a[0], b[3], probability=0.99)
        overlap = overlap_of(first, second)
        assert overlap.matches == {b[3].pk: a[0].pk, b[1].pk: a[1].pk, b[2].pk: a[2].pk}
        assert overlap.is_mostly_one

    def test_two_people_known_to_be_different_are_no_match(self):
        first, second, pairs = twice(found=2)
        decide_duplicate_pair(pair=pairs[0], verb="different", actor=decider(), note="لا")
        overlap = overlap_of(first, second)
        assert len(overlap.matches) == 1
        assert not overlap.is_mostly_one


class TestPages:
    @pytest.fixture
    def person(self, client):
        user = UserFactory(permissions=PAGES)
        client.force_login(user)
        return user

    def test_the_page_of_a_pair_offers_it_where_most_are_pairs(self, client, person):
        first, _second, pairs = twice(found=3)
        address = reverse("beneficiaries:household_merge_propose", args=[pairs[0].pk])
        assert address in client.get(reverse("beneficiaries:duplicate_detail", args=[pairs[0].pk])).content.decode()
        lonely = pair_of(people(first)[0], head_of(household_of({}, {})))
        other = reverse("beneficiaries:household_merge_propose", args=[lonely.pk])
        assert other not in client.get(reverse("beneficiaries:duplicate_detail", args=[lonely.pk])).content.decode()

    def test_two_people_join_two_files_and_part_them(self, client, person):
        first, second, pairs = twice(extra=True)
        a, b = people(first), people(second)
        type(b[0]).objects.filter(pk=b[0].pk).update(birth_date=dt.date(1979, 1, 2))
        page = reverse("beneficiaries:household_merge_propose", args=[pairs[0].pk])
        form = client.get(page).context["form"]
        data = {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
        assert data[f"member_{b[4].pk}"] == "as:child"
        data |= {"note": "حضروا معًا", f"trait_{b[0].pk}_birth_date": "other"}
        response = client.post(page, data, follow=True)
        whole = HouseholdMerge.objects.get()
        assert response.redirect_chain[-1][0] == whole.get_absolute_url()
        assert whole.parts.get(survivor=a[0]).taken == ["birth_date"]
        for verb in ("confirm", "propose_undo", "confirm_undo"):
            client.force_login(UserFactory(permissions=PAGES))
            assert client.get(whole.get_absolute_url()).status_code == 200
            assert client.post(whole.get_absolute_url(), {"verb": verb, "note": "نعم"}).status_code == 302
        whole.refresh_from_db()
        assert whole.status == S.UNDONE

    def test_a_choice_that_does_not_fit_keeps_what_was_typed(self, client, person):
        first, second, pairs = twice()
        a, b = people(first), people(second)
        page = reverse("beneficiaries:household_merge_propose", args=[pairs[0].pk])
        data = {f"member_{one.pk}": f"same:{a[0].pk}" for one in b} | {"note": "حضروا معًا"}
        response = client.post(page, data)
        assert response.status_code == 422
        assert "حضروا معًا" in response.content.decode()
        assert not HouseholdMerge.objects.exists()

    def test_the_other_file_may_stay(self, client, person):
        first, second, pairs = twice()
        page = reverse("beneficiaries:household_merge_propose", args=[pairs[0].pk])
        overlap = client.get(page, {"stays": second.household_ref}).context["overlap"]
        assert (overlap.kept, overlap.closed) == (second, first)

    def test_a_pair_of_one_household_leads_nowhere(self, client, person):
        home = household_of({}, {})
        pair = pair_of(*people(home))
        assert client.get(reverse("beneficiaries:household_merge_propose", args=[pair.pk])).status_code == 404

    def test_the_list_asks_as_much_for_many_as_for_two(self, client, person):
        counts = []
        for number in (2, 6):
            while HouseholdMerge.objects.count() < number:
                proposed(*twice()[:2])
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(reverse("beneficiaries:household_merge_list")).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_a_joining_waits_on_the_desk_and_its_parts_do_not(self, client, person):
        proposed(*twice()[:2])
        desk = client.get(reverse("desk")).content.decode()
        assert f"{reverse('beneficiaries:household_merge_list')}?waiting=yes" in desk
        assert f"{reverse('beneficiaries:merge_list')}?waiting=yes" not in desk
        client.force_login(UserFactory(permissions=[*PAGES, "beneficiaries.view_household"]))
        assert client.get(reverse("beneficiaries:household_merge_list"), {"waiting": "yes"}).context["page"].rows
