import datetime as dt

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InternalError, transaction
from django.utils import timezone, translation

from beneficiaries.models import (
    Disability,
    DuplicatePair,
    HouseholdFacts,
    Identifier,
    Individual,
    Membership,
    Merge,
    MergeStep,
)
from beneficiaries.queries.cards import survivor_of
from beneficiaries.services import merges
from beneficiaries.services.duplicates import decide_duplicate_pair
from beneficiaries.services.facts import refresh_facts
from beneficiaries.workflows import MERGE
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import AuditEntry
from tests.beneficiaries.factories import (
    DisabilityFactory,
    IdentifierFactory,
    IndividualFactory,
    MembershipFactory,
    household_of,
)
from tests.beneficiaries.merging import RIGHTS, decider, head_of, merged, pair_of, proposed, same, two_homes, undone
from tests.ministry.factories import AreaFactory, UserFactory

pytestmark = pytest.mark.django_db
S = Merge.Status


@pytest.fixture(autouse=True)
def _in_english():
    """Refusals are told apart by their words."""
    with translation.override("en"):
        yield


TABLES = ("individual", "identifier", "disability", "membership", "household", "duplicatepair")


def register() -> dict[str, list[dict]]:
    """Return every row of the register, to compare before and after."""
    return {name: list(apps.get_model("beneficiaries", name)._base_manager.order_by("pk").values()) for name in TABLES}


class TestProposeMerge:
    def test_moves_nothing(self):
        *_homes, pair = two_homes()
        pair = same(pair)
        before = register()
        merge = proposed(pair)
        assert merge.status == S.PROPOSED
        assert register() == before
        assert AuditEntry.objects.get(target_type="beneficiaries.merge").action == "merge.proposed"

    def test_needs_the_decision_that_it_is_one_person(self):
        first, _second, pair = two_homes()
        with pytest.raises(RuleViolation, match="same person"):
            merges.propose_merge(pair=pair, survivor=head_of(first), kept_household=first, actor=decider(), note="نعم")

    def test_needs_the_right_in_both_areas(self):
        first, _second, pair = two_homes()
        with pytest.raises(PermissionDenied):
            proposed(pair, actor=decider(first.area))

    def test_needs_a_reason(self):
        *_homes, pair = two_homes()
        with pytest.raises(RuleViolation, match="rests on"):
            proposed(pair, note=" ")

    def test_is_refused_while_another_one_waits(self):
        *_homes, pair = two_homes()
        proposed(pair)
        with pytest.raises(RuleViolation, match="already"):
            proposed(DuplicatePair.objects.get(pk=pair.pk))

    def test_asks_for_a_new_head_where_others_stay_behind(self):
        first, second, pair = two_homes()
        with pytest.raises(RuleViolation, match="heads household"):
            proposed(pair, kept_household=second)
        child = first.memberships.get(relationship="child")
        merge = proposed(DuplicatePair.objects.get(pk=pair.pk), kept_household=second, new_head=child.individual)
        assert merge.closed_household == first

    def test_refuses_a_head_nobody_needs(self):
        first, _second, pair = two_homes()
        with pytest.raises(RuleViolation, match="loses its head"):
            proposed(pair, new_head=first.memberships.get(relationship="child").individual)

    def test_refuses_a_household_in_which_neither_lives(self):
        *_homes, pair = two_homes()
        with pytest.raises(RuleViolation, match="neither card"):
            proposed(pair, kept_household=household_of({}))

    def test_refuses_a_card_that_is_not_of_the_pair(self):
        first, _second, pair = two_homes()
        with pytest.raises(RuleViolation, match="two cards"):
            proposed(pair, survivor=IndividualFactory(), kept_household=first)

    def test_refuses_to_take_what_does_not_differ(self):
        *_homes, pair = two_homes()
        with pytest.raises(RuleViolation, match="no longer differ"):
            proposed(pair, taken=["birth_date"])


class TestConfirmMerge:
    def test_closes_the_membership_that_was_chosen_and_keeps_one_home(self):
        first, second, pair = two_homes()
        survivor, other = head_of(first), head_of(second)
        merge = merged(pair)
        rows = Membership.objects.filter(individual=survivor).order_by("pk")
        assert [(row.household, row.left_on) for row in rows] == [(first, None), (second, timezone.localdate())]
        assert not other.memberships.exists()
        other.refresh_from_db()
        assert survivor_of(other) == survivor
        second.refresh_from_db()
        assert second.status == "inactive"
        assert merge.stands

    def test_lets_the_person_live_in_the_other_household(self):
        first, second, pair = two_homes()
        survivor, child = head_of(first), first.memberships.get(relationship="child")
        merged(pair, kept_household=second, new_head=child.individual)
        assert Membership.objects.current().get(individual=survivor).household == second
        child.refresh_from_db()
        assert child.relationship == "head"
        first.refresh_from_db()
        assert first.status != "inactive"

    def test_joins_two_cards_of_one_household(self):
        home = household_of({"full_name": "هدى"}, {"full_name": "هدي", "relationship": "spouse"})
        wife, head = home.memberships.get(relationship="spouse").individual, head_of(home)
        merged(pair_of(head, wife), survivor=wife)
        living = home.memberships.current()
        assert [(row.individual, row.relationship) for row in living] == [(wife, "head")]

    def test_moves_numbers_and_difficulties_and_fills_what_is_not_known(self):
        first, second, pair = two_homes(phone="01012345678", phone_key="1012345678")
        survivor, other = head_of(first), head_of(second)
        shared = IdentifierFactory(individual=survivor, value="28806151234567")
        IdentifierFactory(individual=other, value=shared.value)
        passport = IdentifierFactory(individual=other, kind="passport", value="A1")
        DisabilityFactory(individual=other)
        merged(pair)
        survivor.refresh_from_db()
        assert (survivor.phone, survivor.phone_key) == ("01012345678", "1012345678")
        kept = survivor.identifiers.filter(removed_on=None)
        assert set(kept) == {shared, passport}
        assert survivor.disabilities.count() == 1
        assert not Identifier.objects.filter(individual=other).exists()

    def test_takes_from_the_other_card_only_what_was_chosen(self):
        first, second, pair = two_homes(birth_date=dt.date(1986, 6, 15), marital_status="widowed")
        survivor, other = head_of(first), head_of(second)
        Individual.objects.filter(pk=survivor.pk).update(marital_status="married")
        DisabilityFactory(individual=survivor, severity=2)
        DisabilityFactory(individual=other, severity=4)
        merged(pair, taken=["birth_date", "disability.mobility"])
        survivor.refresh_from_db()
        assert (survivor.birth_date, survivor.marital_status) == (dt.date(1986, 6, 15), "married")
        assert survivor.disabilities.get().severity == 4
        assert Disability.objects.count() == 2

    def test_never_takes_a_death_by_itself(self):
        first, _second, pair = two_homes(died_on=dt.date(2025, 4, 1))
        merged(pair)
        assert head_of(first).died_on is None

    def test_carries_what_was_decided_about_the_other_card(self):
        first, second, pair = two_homes()
        third = head_of(household_of({"full_name": "سمر عادل"}))
        known = pair_of(head_of(second), third)
        decide_duplicate_pair(pair=known, verb="different", actor=decider(), note="أختها")
        merged(pair)
        known.refresh_from_db()
        assert {known.individual_a_id, known.individual_b_id} == {head_of(first).pk, third.pk}
        assert known.status == "different"

    def test_refuses_who_proposed_it(self):
        *_homes, pair = two_homes()
        actor = decider()
        merge = proposed(pair, actor=actor)
        with pytest.raises(RuleViolation, match="second person"):
            merges.confirm_merge(merge=merge, actor=actor)
        assert "confirm" not in merges.verbs_open_to(merge=merge, actor=actor)

    def test_the_database_refuses_one_person_for_both_parts(self):
        *_homes, pair = two_homes()
        merge = proposed(pair)
        with pytest.raises(IntegrityError), transaction.atomic():
            Merge.objects.filter(pk=merge.pk).update(
                status=S.MERGED, decided_by=merge.proposed_by, decided_at=timezone.now()
            )

    def test_the_database_refuses_another_plan_than_was_proposed(self):
        first, second, pair = two_homes()
        merge = proposed(pair)
        with pytest.raises(InternalError), transaction.atomic():
            Merge.objects.filter(pk=merge.pk).update(kept_household=second, closed_household=first)

    def test_refuses_when_the_person_has_moved_since(self):
        _first, second, pair = two_homes()
        merge = proposed(pair)
        Membership.objects.filter(household=second).update(left_on=timezone.localdate())
        with pytest.raises(RuleViolation, match="has moved"):
            merges.confirm_merge(merge=merge, actor=decider())

    def test_refuses_while_another_merge_of_the_card_waits(self):
        _first, second, pair = two_homes()
        third = household_of({"full_name": "سميرة"})
        proposed(pair_of(head_of(second), head_of(third)))
        merge = proposed(pair)
        with pytest.raises(RuleViolation, match="Another merge"):
            merges.confirm_merge(merge=merge, actor=decider())

    def test_needs_the_right_in_both_areas(self):
        first, _second, pair = two_homes()
        with pytest.raises(PermissionDenied):
            merges.confirm_merge(merge=proposed(pair), actor=decider(first.area))

    def test_computes_the_facts_of_both_households_at_once(self, django_capture_on_commit_callbacks):
        first, second, pair = two_homes()
        refresh_facts([first.pk, second.pk])
        with django_capture_on_commit_callbacks(execute=True):
            merged(pair)
        assert set(HouseholdFacts.objects.values_list("household", "members")) == {(first.pk, 2)}

    @pytest.mark.parametrize("status", S.values)
    def test_each_verb_is_open_only_from_its_statuses_and_to_its_holders(self, status):
        expected = {
            S.PROPOSED: ["confirm", "refuse"],
            S.MERGED: ["propose_undo"],
            S.UNDO_PROPOSED: ["confirm_undo", "keep"],
        }.get(S(status), [])
        assert MERGE.available(status=status, actor=UserFactory(permissions=RIGHTS)) == expected
        assert MERGE.available(status=status, actor=UserFactory()) == []


class TestRefuseMerge:
    def test_leaves_everything_and_frees_the_pair(self):
        *_homes, pair = two_homes()
        merge = proposed(pair)
        before = register()
        merges.refuse_merge(merge=merge, actor=decider(), note="صورتان مختلفتان")
        assert register() == before
        pair.refresh_from_db()
        assert decide_duplicate_pair(pair=pair, verb="different", actor=decider(), note="أختان").status == "different"

    def test_a_pair_with_a_merge_is_not_decided_otherwise(self):
        *_homes, pair = two_homes()
        merged(pair)
        with pytest.raises(RuleViolation, match="merge"):
            decide_duplicate_pair(pair=pair, verb="different", actor=decider(), note="أختان")


class TestUndo:
    def everything(self):
        first, second, pair = two_homes(phone="01012345678", mother_name="زينب", birth_date=dt.date(1987, 1, 1))
        survivor, other = head_of(first), head_of(second)
        shared = IdentifierFactory(individual=survivor)
        IdentifierFactory(individual=other, value=shared.value)
        IdentifierFactory(individual=other, kind="passport", value="A1")
        DisabilityFactory(individual=other)
        pair_of(other, head_of(household_of({})))
        return first, second, same(pair)

    def test_puts_back_exactly_what_was(self):
        *_homes, pair = self.everything()
        before = register()
        merge = merged(pair, taken=["birth_date"])
        assert register() != before
        undone(merge)
        assert register() == before
        assert merge.steps.count() > 6, "the lineage stays"

    def test_puts_back_a_head_who_had_gone_to_the_other_household(self):
        first, second, pair = self.everything()
        before = register()
        undone(merged(pair, kept_household=second, new_head=first.memberships.last().individual))
        assert register() == before

    def test_keeps_what_was_changed_or_added_since(self):
        first, second, pair = self.everything()
        survivor = head_of(first)
        merge = merged(pair)
        Individual.objects.filter(pk=survivor.pk).update(phone="01099999999", works=True)
        card = IdentifierFactory(individual=survivor, kind="card", value="C7")
        undone(merge)
        survivor.refresh_from_db()
        assert (survivor.phone, survivor.works, survivor.mother_name) == ("01099999999", True, "")
        assert card in survivor.identifiers.all()
        assert head_of(second).mother_name == "زينب"

    def test_can_be_merged_again_afterwards(self):
        *_homes, pair = self.everything()
        undone(merged(pair))
        assert merged(DuplicatePair.objects.get(pk=pair.pk)).stands

    def test_refuses_who_proposed_it_and_so_does_the_database(self):
        *_homes, pair = two_homes()
        actor = decider()
        merge = merges.propose_undo(merge=merged(pair), actor=actor, note="توأمان")
        with pytest.raises(RuleViolation, match="second person"):
            merges.confirm_undo(merge=merge, actor=actor)
        with pytest.raises(IntegrityError), transaction.atomic():
            Merge.objects.filter(pk=merge.pk).update(status=S.UNDONE, undone_by=actor, undone_at=timezone.now())

    def test_may_be_refused(self):
        *_homes, pair = two_homes()
        merge = merges.propose_undo(merge=merged(pair), actor=decider(), note="توأمان")
        merge = merges.keep_merge(merge=merge, actor=decider(), note="ليسا توأمين")
        assert merge.status == S.MERGED
        with pytest.raises(TransitionNotAllowed):
            merges.confirm_undo(merge=merge, actor=decider())

    def test_does_without_a_possible_duplicate_that_was_withdrawn_since(self):
        _first, second, pair = two_homes()
        other = pair_of(head_of(second), head_of(household_of({})))
        merge = merged(pair)
        DuplicatePair.objects.filter(pk=other.pk).delete()
        assert undone(merge).status == S.UNDONE

    def test_is_refused_after_the_person_has_joined_another_household(self):
        first, _second, pair = two_homes()
        merge = merged(pair)
        survivor = head_of(first)
        survivor.memberships.update(left_on=timezone.localdate())
        first.memberships.current().update(relationship="head")
        third = household_of({})
        MembershipFactory(individual=survivor, household=third, relationship="sibling")
        with pytest.raises(RuleViolation, match=third.household_ref):
            undone(merge)

    def test_is_refused_after_the_household_has_got_another_head(self):
        first, second, pair = two_homes()
        merge = merged(pair, kept_household=second, new_head=first.memberships.last().individual)
        first.memberships.current().update(relationship="child")
        MembershipFactory(household=first)
        with pytest.raises(RuleViolation, match="changed since"):
            undone(merge)

    def test_is_refused_while_a_later_merge_stands_on_it(self):
        first, _second, pair = two_homes()
        merge = merged(pair)
        earlier = head_of(household_of({"full_name": "سميرة ع"}))
        later = merged(pair_of(head_of(first), earlier), survivor=earlier, kept_household=first)
        with pytest.raises(RuleViolation, match="merged since"):
            undone(merge)
        undone(later)
        assert undone(merge).status == S.UNDONE

    def test_steps_are_not_rewritten(self):
        *_homes, pair = two_homes()
        merge = merged(pair)
        with pytest.raises(InternalError), transaction.atomic():
            MergeStep.objects.filter(merge=merge).update(before={})
        with pytest.raises(InternalError), transaction.atomic():
            Merge.objects.filter(pk=merge.pk)._raw_delete(using="default")


class TestDecidingAtOnce:
    def test_a_decision_on_what_has_changed_is_refused_by_name(self):
        *_homes, pair = two_homes()
        first = decider()
        decide_duplicate_pair(pair=pair, verb="same", actor=first, note="نعم", seen="open")
        with pytest.raises(RuleViolation, match=first.full_name):
            decide_duplicate_pair(pair=pair, verb="different", actor=decider(), note="لا", seen="open")

    def test_a_visit_is_asked_for_and_told_of(self):
        area = AreaFactory()
        home, other = household_of({}, area=area), household_of({}, area=area)
        pair = pair_of(head_of(home), head_of(other))
        pair = decide_duplicate_pair(pair=pair, verb="visit", actor=decider(area), note="هل هما واحدة؟")
        visitor = UserFactory(permissions=["beneficiaries.verify_household"], permissions__area=area)
        pair = decide_duplicate_pair(pair=pair, verb="visited", actor=visitor, note="شقيقتان")
        assert (pair.status, pair.decided_by) == ("open", visitor)
