"""Two people deciding the same thing at the same moment, each in a connection and transaction of their own."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections, transaction

from beneficiaries.models import DuplicatePair, Household, HouseholdMerge, Membership, Merge
from beneficiaries.services import merges
from beneficiaries.services.duplicates import decide_duplicate_pair, state_of
from beneficiaries.services.households import change_head
from ministry.exceptions import DomainError
from tests.beneficiaries.merging import decider, head_of, merged, proposed, same, two_homes
from tests.beneficiaries.test_household_merges import proposed as proposed_joining
from tests.beneficiaries.test_household_merges import twice

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Do all of them together; return for each what it gave, or the refusal it met."""
    start, outcomes = threading.Barrier(len(deeds)), [None] * len(deeds)

    def do(number: int, deed: Callable[[], object]) -> None:
        try:
            start.wait(timeout=30)
            outcomes[number] = deed()
        except DomainError as refusal:
            outcomes[number] = refusal
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "they wait for each other for ever"
    connection.ensure_connection()
    return outcomes


def refusals(outcomes: list[object]) -> list[DomainError]:
    return [one for one in outcomes if isinstance(one, DomainError)]


def let_head(household: Household, new_head: int) -> Household:
    with transaction.atomic():
        return change_head(household=household, new_head=new_head)


class TestTwoSupervisors:
    def test_deciding_one_pair_differently_one_wins_and_the_other_is_told_by_whom(self):
        *_homes, pair = two_homes()
        seen, people = state_of(pair), [decider(), decider()]
        outcomes = at_once(
            *(
                lambda verb=verb, actor=actor: decide_duplicate_pair(
                    pair=pair, verb=verb, actor=actor, note="رأيتهما", seen=seen
                )
                for verb, actor in zip(("same", "different"), people, strict=True)
            )
        )
        (refusal,) = refusals(outcomes)
        pair.refresh_from_db()
        winner = people[0] if pair.status == "same" else people[1]
        assert pair.decided_by == winner
        assert winner.full_name in refusal.message

    def test_proposing_the_same_merge_yields_one_proposal(self):
        *_homes, pair = two_homes()
        pair = same(pair)
        outcomes = at_once(*(lambda: proposed(DuplicatePair.objects.get(pk=pair.pk)) for _ in range(2)))
        assert len(refusals(outcomes)) == 1
        assert Merge.objects.count() == 1

    def test_confirming_the_same_merge_moves_everything_once(self):
        first, _second, pair = two_homes()
        merge, people = proposed(pair), [decider(), decider()]
        outcomes = at_once(*(lambda actor=actor: merges.confirm_merge(merge=merge, actor=actor) for actor in people))
        assert len(refusals(outcomes)) == 1
        merge.refresh_from_db()
        assert merge.decided_by in people
        assert merge.steps.filter(record_type="beneficiaries.membership").count() == 1
        assert Membership.objects.current().filter(individual=head_of(first)).count() == 1

    def test_confirming_and_refusing_leave_one_of_both(self):
        *_homes, pair = two_homes()
        merge, one, other = proposed(pair), decider(), decider()
        outcomes = at_once(
            lambda: merges.confirm_merge(merge=merge, actor=one),
            lambda: merges.refuse_merge(merge=merge, actor=other, note="لا"),
        )
        assert len(refusals(outcomes)) == 1
        merge.refresh_from_db()
        assert merge.steps.exists() == (merge.status == Merge.Status.MERGED)

    def test_undoing_the_same_merge_yields_one_undoing(self):
        *_homes, pair = two_homes()
        merge = merges.propose_undo(merge=merged(pair), actor=decider(), note="توأمان")
        people = [decider(), decider()]
        outcomes = at_once(*(lambda actor=actor: merges.confirm_undo(merge=merge, actor=actor) for actor in people))
        assert len(refusals(outcomes)) == 1
        merge.refresh_from_db()
        assert merge.status == Merge.Status.UNDONE

    def test_confirming_the_same_joining_of_two_files_yields_one(self):
        first, second, _pairs = twice()
        whole, people = proposed_joining(first, second), [decider(), decider()]
        outcomes = at_once(
            *(lambda actor=actor: merges.confirm_household_merge(whole=whole, actor=actor) for actor in people)
        )
        assert len(refusals(outcomes)) == 1
        assert first.memberships.current().count() == 4
        assert set(whole.parts.values_list("status", flat=True)) == {Merge.Status.MERGED}

    def test_joining_two_files_both_ways_at_once_yields_one_proposal(self):
        first, second, _pairs = twice()
        outcomes = at_once(lambda: proposed_joining(first, second), lambda: proposed_joining(second, first))
        assert len(refusals(outcomes)) == 1
        assert HouseholdMerge.objects.count() == 1

    def test_a_merge_and_a_change_of_head_wait_for_each_other(self):
        first, second, pair = two_homes()
        child = first.memberships.get(relationship="child").individual
        merge, actor = proposed(pair, kept_household=second, new_head=child), decider()
        at_once(
            lambda: merges.confirm_merge(merge=merge, actor=actor),
            lambda: let_head(first, child.pk),
        )
        heads = Membership.objects.current().filter(household=first, relationship="head")
        assert heads.get().individual == child
