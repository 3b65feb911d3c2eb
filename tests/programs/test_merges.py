import datetime as dt

import pytest
from django.utils import translation

from beneficiaries.services import merges
from ministry.exceptions import RuleViolation
from programs.models import Enrolment
from programs.payments.holds import hold_new_duplicates
from programs.services.payments import release_cleared_holds, release_hold
from programs.signals import enrolment_changed
from tests.beneficiaries.merging import decider, head_of, merged, pair_of, proposed, undone
from tests.programs.payment_factories import (
    KARAMA,
    TAKAFUL,
    approved,
    cycle_of,
    duplicate_pair,
    enrol,
    household,
    prepared,
    program_in_force,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    """Refusals are told apart by their words."""
    with translation.override("en"):
        yield


def enrolments() -> list[tuple]:
    return list(Enrolment.objects.order_by("pk").values_list("pk", "household", "status", "ended_on", "status_reason"))


class TestEnrolmentsOfAHouseholdThatIsLeft:
    def test_follow_the_person_and_come_back(self):
        first, second = household(dt.date(2015, 1, 1)), household()
        program = program_in_force(TAKAFUL)
        (enrolment,) = enrol(program, second)
        before = enrolments()
        merge = merged(duplicate_pair(first, second))
        enrolment.refresh_from_db()
        assert (enrolment.household, enrolment.status) == (first, "enrolled")
        undone(merge)
        assert enrolments() == before

    def test_end_where_the_other_household_is_in_the_programme_too(self, django_capture_on_commit_callbacks):
        first, second = household(), household()
        program, other = program_in_force(TAKAFUL), program_in_force(KARAMA)
        enrol(program, first, second)
        enrol(other, second)
        before, told = enrolments(), []
        enrolment_changed.connect(lambda verb, **kwargs: told.append(verb), weak=False, dispatch_uid="test")
        with django_capture_on_commit_callbacks(execute=True):
            merge = merged(duplicate_pair(first, second))
        enrolment_changed.disconnect(dispatch_uid="test")
        ended = Enrolment.objects.get(program=program, household=second)
        assert (ended.status, ended.ended_on is not None, told) == ("exited", True, ["exit"])
        assert first.household_ref in ended.status_reason
        assert Enrolment.objects.get(program=other).household == first
        undone(merge)
        assert enrolments() == before

    def test_stay_where_others_go_on_living(self):
        first, second = household(), household(dt.date(2015, 1, 1))
        enrol(program_in_force(TAKAFUL), first, second)
        before = enrolments()
        pair = pair_of(head_of(first), head_of(second))
        merged(pair, kept_household=first, new_head=second.memberships.get(relationship="child").individual)
        assert enrolments() == before

    def test_do_not_come_back_once_payments_rest_on_them(self):
        first, second = household(), household()
        program = program_in_force(TAKAFUL)
        enrol(program, second)
        merge = merged(duplicate_pair(first, second))
        prepared(cycle_of(program))
        with pytest.raises(RuleViolation, match=first.household_ref):
            undone(merge)


class TestPaymentsWorkedOutBefore:
    def test_of_the_household_that_was_left_stay_on_hold_and_the_other_is_free(self):
        first, second = household(), household()
        program = program_in_force(TAKAFUL)
        enrol(program, first, second)
        pair = duplicate_pair(first, second)
        cycle = prepared(cycle_of(program))
        assert cycle.payments.get(status="held").entitlement.household == second
        # The office keeps the household of the later enrolment.
        merged(pair, survivor=pair.individual_b)
        assert hold_new_duplicates(cycle.pk) == 1
        release_cleared_holds(cycle=cycle, actor=cycle.prepared_by)
        held = cycle.payments.get(status="held")
        assert held.entitlement.household == first
        with pytest.raises(RuleViolation, match="before two files were merged"):
            release_hold(payment=held, actor=cycle.prepared_by)

    def test_undoing_frees_what_the_merge_held(self):
        first, second = household(), household()
        program = program_in_force(TAKAFUL)
        enrol(program, first, second)
        cycle = approved(cycle_of(program))
        merge = merged(duplicate_pair(first, second))
        assert hold_new_duplicates(cycle.pk) == 1
        held = cycle.payments.get(status="held")
        undone(merge)
        pair = merge.pair
        pair.refresh_from_db()
        pair.status = "different"
        pair.save()
        assert release_hold(payment=held, actor=cycle.prepared_by).status == "ready"

    def test_a_list_worked_out_afterwards_is_not_held(self):
        first, second = household(dt.date(2015, 1, 1)), household(dt.date(2016, 1, 1))
        program = program_in_force(TAKAFUL)
        enrol(program, first, second)
        pair = duplicate_pair(first, second)
        merges.confirm_merge(merge=proposed(pair, survivor=pair.individual_a), actor=decider())
        assert set(prepared(cycle_of(program)).payments.values_list("status", flat=True)) == {"ready"}
