import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from ministry import jobs
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import AuditEntry
from programs.models import Payment, PaymentCycle
from programs.services import payment_cycles as services
from programs.signals import payment_cycle_approved
from programs.workflows import PAYMENT, PAYMENT_CYCLE
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs.payment_factories import (
    APPROVE,
    KARAMA,
    PREPARE,
    RELEASE,
    TAKAFUL,
    approved,
    approver,
    cycle_of,
    decide,
    duplicate_pair,
    enrol,
    having_read,
    household,
    in_review,
    prepared,
    preparer,
    program_in_force,
    released,
    releaser,
    sent,
)

pytestmark = pytest.mark.django_db
S = PaymentCycle.Status


def takaful_cycle(*homes, **options):
    program = program_in_force(TAKAFUL)
    enrol(program, *(homes or (household(),)))
    return cycle_of(program, **options)


class TestCreate:
    def test_any_day_names_the_month(self):
        cycle = cycle_of(program_in_force(), period=dt.date(2026, 11, 17))
        assert (cycle.period, cycle.status, cycle.currency) == (dt.date(2026, 11, 1), S.DRAFT, "EGP")

    def test_refuses_a_second_cycle_for_the_month(self):
        program = program_in_force()
        cycle_of(program)
        with pytest.raises(RuleViolation):
            cycle_of(program)

    def test_a_cancelled_cycle_frees_the_month(self):
        program = program_in_force()
        enrol(program, household())
        first = prepared(cycle_of(program))
        services.cancel_payment_cycle(cycle=first, actor=first.created_by, note="wrong agent")
        second = prepared(cycle_of(program))
        assert (first.payments.count(), second.payments.count()) == (0, 1)

    def test_refuses_a_month_before_the_first_version(self):
        with pytest.raises(RuleViolation):
            cycle_of(program_in_force(starts_on=dt.date(2026, 11, 2)))

    def test_needs_the_right_for_the_whole_country(self):
        program = program_in_force()
        local = UserFactory(permissions=PREPARE, permissions__area=AreaFactory())
        with pytest.raises(PermissionDenied):
            cycle_of(program, actor=local)


class TestPrepare:
    def test_tells_the_planner_of_a_list_confirmed_a_moment_ago(self):
        cycle = takaful_cycle(*(household() for _number in range(7)))
        prepared(cycle)
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'programs_enrolment'")
            assert cursor.fetchone()[0] >= 7

    def test_counts_and_total_are_those_of_the_lines(self):
        cycle = prepared(takaful_cycle(household(), household(dt.date(2019, 1, 1)), household(dt.date(2010, 1, 1))))
        assert (cycle.status, cycle.households, cycle.lines, cycle.total) == (S.PREPARED, 3, 3, Decimal("1135"))
        assert cycle.prepared_by == cycle.created_by

    def test_a_repetition_adds_nothing_and_leaves_the_preparer(self):
        cycle = prepared(takaful_cycle())
        before = list(cycle.payments.values())
        again = prepared(cycle, actor=preparer())
        assert list(again.payments.values()) == before
        assert again.prepared_by == cycle.created_by
        assert again.job.result["households"] == 0

    def test_a_repetition_adds_who_was_enrolled_since(self):
        cycle = prepared(takaful_cycle())
        enrol(cycle.program, household())
        other = preparer()
        again = prepared(cycle, actor=other)
        assert (again.lines, again.total, again.prepared_by) == (2, Decimal("650"), other)

    def test_a_cycle_sent_back_is_worked_out_afresh(self):
        home = household()
        cycle = in_review(takaful_cycle(home))
        services.send_back_payment_cycle(cycle=cycle, actor=approver(), note="a child is missing")
        child = home.memberships.get().individual
        child.birth_date = dt.date(2010, 1, 1)
        child.save()
        again = prepared(cycle)
        assert (again.lines, again.total) == (1, Decimal("425"))

    def test_refused_in_review(self):
        cycle = in_review(takaful_cycle())
        with pytest.raises(TransitionNotAllowed):
            services.prepare_payment_cycle(cycle=cycle, actor=cycle.created_by, tell_worker=False)

    def test_one_preparation_at_a_time(self):
        cycle = takaful_cycle()
        services.prepare_payment_cycle(cycle=cycle, actor=cycle.created_by, tell_worker=False)
        with pytest.raises(jobs.JobAlreadyActive):
            services.prepare_payment_cycle(cycle=cycle, actor=preparer(), tell_worker=False)

    def test_nothing_to_pay_cannot_be_submitted(self):
        program = program_in_force(KARAMA)
        enrol(program, household())
        cycle = prepared(cycle_of(program))
        assert (cycle.households, cycle.lines) == (1, 0)
        with pytest.raises(RuleViolation):
            services.submit_payment_cycle(cycle=cycle, actor=cycle.created_by)

    def test_the_same_number_of_statements_for_two_and_for_twenty_households(self):
        def statements(count: int) -> int:
            cycle = takaful_cycle(*(household(dt.date(2015, 1, 1)) for _ in range(count)))
            with _Counting() as counted:
                prepared(cycle)
            return counted.number

        assert statements(2) == statements(20)


class _Counting:
    """Counts statements of the default connection."""

    def __enter__(self):
        self.number = 0
        self._hook = connection.execute_wrapper(self._count)
        self._hook.__enter__()
        return self

    def _count(self, execute, sql, params, many, context):
        self.number += 1
        return execute(sql, params, many, context)

    def __exit__(self, *exception):
        self._hook.__exit__(*exception)


class TestHolds:
    def test_the_later_enrolment_of_a_strong_pair_waits(self):
        first, second, alone = household(), household(), household()
        program = program_in_force(TAKAFUL)
        enrol(program, second)
        enrol(program, first, alone)
        duplicate_pair(first, second)
        cycle = prepared(cycle_of(program))
        held = cycle.payments.get(status="held")
        assert held.entitlement.household == first
        assert held.hold_reason == "duplicate"
        assert cycle.payments.filter(status="ready").count() == 2

    def test_across_programmes_too(self):
        takaful, karama = program_in_force(TAKAFUL), program_in_force(KARAMA)
        young, old = household(), household(dt.date(1950, 1, 1))
        enrol(takaful, young)
        enrol(karama, old)
        duplicate_pair(young, old)
        assert prepared(cycle_of(takaful)).payments.get().status == "ready"
        assert prepared(cycle_of(karama)).payments.get().status == "held"

    def test_no_hold_where_the_other_household_is_not_paid(self):
        first, second = household(), household()
        program = program_in_force(TAKAFUL)
        enrol(program, second)
        duplicate_pair(first, second)
        assert prepared(cycle_of(program)).payments.get().status == "ready"

    def test_a_pair_inside_the_household_waits(self):
        home = household(dt.date(2015, 1, 1))
        duplicate_pair(home, home)
        assert prepared(takaful_cycle(home)).payments.get().hold_reason == "duplicate_inside"

    @pytest.mark.parametrize(
        ("fields", "status"), [({"band": "review"}, "ready"), ({"status": "different"}, "ready"), ({}, "held")]
    )
    def test_weak_and_decided_pairs_do_not_hold(self, fields, status):
        first, second = household(), household()
        program = program_in_force(TAKAFUL)
        enrol(program, first, second)
        pair = duplicate_pair(first, second, **{key: value for key, value in fields.items() if key == "band"})
        if "status" in fields:
            decide(pair, fields["status"])
        assert prepared(cycle_of(program)).payments.get(entitlement__household=second).status == status

    def test_a_pair_found_after_preparation_is_held_at_release(self):
        first, second = household(), household()
        cycle = approved(takaful_cycle(first, second))
        duplicate_pair(first, second)
        services.release_payment_cycle(cycle=cycle, actor=releaser())
        assert cycle.payments.get(status="held").entitlement.household == second


class TestThreePeople:
    def test_the_way_from_draft_to_release(self):
        cycle = released(takaful_cycle())
        people = {cycle.prepared_by, cycle.approved_by, cycle.released_by}
        assert (cycle.status, len(people)) == (S.RELEASED, 3)
        actions = list(
            AuditEntry.objects.filter(target_type="programs.paymentcycle", target_id=cycle.pk)
            .order_by("id")
            .values_list("action", flat=True)
        )
        assert actions == [
            "payment_cycle.created",
            "payment_cycle.preparation_started",
            "payment_cycle.prepared",
            "payment_cycle.submitted",
            "payment_cycle.control_report_made",
            "payment_cycle.control_report_read",
            "payment_cycle.approved",
            "payment_cycle.released",
        ]

    def test_the_preparer_does_not_approve(self):
        both = UserFactory(permissions=[*PREPARE, *APPROVE])
        cycle = in_review(takaful_cycle(actor=both))
        assert "approve" not in services.available_verbs(cycle, both)
        with pytest.raises(RuleViolation):
            services.approve_payment_cycle(cycle=cycle, actor=both)

    def test_whoever_submitted_does_not_approve(self):
        both = UserFactory(permissions=[*PREPARE, *APPROVE])
        cycle = prepared(takaful_cycle())
        cycle = services.submit_payment_cycle(cycle=cycle, actor=both)
        with pytest.raises(RuleViolation):
            services.approve_payment_cycle(cycle=cycle, actor=both)

    @pytest.mark.parametrize("step", ["prepared_by", "approved_by"])
    def test_neither_preparer_nor_approver_releases(self, step):
        everything = UserFactory(permissions=[*PREPARE, *APPROVE, *RELEASE])
        cycle = takaful_cycle(actor=everything if step == "prepared_by" else None)
        cycle = in_review(cycle)
        person = having_read(cycle, everything if step == "approved_by" else approver())
        cycle = services.approve_payment_cycle(cycle=cycle, actor=person)
        with pytest.raises(RuleViolation):
            services.release_payment_cycle(cycle=cycle, actor=everything)

    def test_an_approver_of_one_governorate_does_not_approve_the_countrys_cycle(self):
        local = UserFactory(permissions=APPROVE, permissions__area=AreaFactory())
        with pytest.raises(PermissionDenied):
            services.approve_payment_cycle(cycle=in_review(takaful_cycle()), actor=local)

    def test_approval_is_announced_after_commit(self, django_capture_on_commit_callbacks):
        heard = []

        def listener(sender, cycle_id, **_rest):
            heard.append(cycle_id)

        payment_cycle_approved.connect(listener)
        cycle = in_review(takaful_cycle())
        person = having_read(cycle, approver())
        with django_capture_on_commit_callbacks(execute=True):
            services.approve_payment_cycle(cycle=cycle, actor=person)
            assert heard == []
        assert heard == [cycle.pk]

    @pytest.mark.parametrize("verb", [services.send_back_payment_cycle, services.cancel_payment_cycle])
    def test_sending_back_and_giving_up_need_a_reason(self, verb):
        cycle = in_review(takaful_cycle())
        actor = UserFactory(permissions=[*PREPARE, *APPROVE])
        with pytest.raises(RuleViolation):
            verb(cycle=cycle, actor=actor, note="  ")


class TestClose:
    def test_refused_while_anything_is_undecided(self):
        cycle = sent(takaful_cycle())
        officer = UserFactory(permissions=["programs.reconcile_paymentcycle"])
        with pytest.raises(RuleViolation, match="1"):
            services.close_payment_cycle(cycle=cycle, actor=officer)
        Payment.objects.filter(cycle=cycle).update(status="paid")
        assert services.close_payment_cycle(cycle=cycle, actor=officer).status == S.CLOSED


# Every verb × every status: where it leads, or None where it is refused.
TABLE = {
    "prepare": {S.DRAFT, S.PREPARED},
    "fund": {S.DRAFT, S.PREPARED},
    "control": {S.PREPARED, S.IN_REVIEW},
    "read_control": {S.IN_REVIEW},
    "submit": {S.PREPARED},
    "send_back": {S.IN_REVIEW},
    "cancel": {S.DRAFT, S.PREPARED, S.IN_REVIEW},
    "approve": {S.IN_REVIEW},
    "release": {S.APPROVED},
    "make_file": {S.RELEASED, S.RECONCILING},
    "reconcile": {S.RELEASED, S.RECONCILING},
    "close": {S.RELEASED, S.RECONCILING},
}


@pytest.mark.parametrize("status", S.values)
@pytest.mark.parametrize("verb", TABLE)
def test_every_verb_from_every_status(verb, status):
    actor = UserFactory(permissions=[*PREPARE, *APPROVE, *RELEASE])
    assert {transition.verb for transition in PAYMENT_CYCLE} == set(TABLE)
    if status in TABLE[verb]:
        PAYMENT_CYCLE.check(verb, status=status, actor=actor)
    else:
        with pytest.raises(TransitionNotAllowed):
            PAYMENT_CYCLE.check(verb, status=status, actor=actor)
    with pytest.raises(PermissionDenied):
        PAYMENT_CYCLE.check(verb, status=status, actor=UserFactory())


PAYMENT_TABLE = {
    "hold": {"ready"},
    "release_hold": {"held"},
    "reissue": {"returned", "failed"},
    "cancel": {"held", "ready"},
    "settle": {"returned", "failed"},
}


@pytest.mark.parametrize("status", Payment.Status.values)
@pytest.mark.parametrize("verb", PAYMENT_TABLE)
def test_every_decision_about_a_payment_from_every_status(verb, status):
    actor = UserFactory(permissions=[*PREPARE, *RELEASE])
    assert {transition.verb for transition in PAYMENT} == set(PAYMENT_TABLE)
    if status in PAYMENT_TABLE[verb]:
        PAYMENT.check(verb, status=status, actor=actor)
    else:
        with pytest.raises(TransitionNotAllowed):
            PAYMENT.check(verb, status=status, actor=actor)


@pytest.mark.django_db(transaction=True)
def test_two_approvers_at_once_yield_one_approval():
    cycle = in_review(takaful_cycle())
    people = [having_read(cycle, approver()), having_read(cycle, approver())]
    results: list[str] = []
    start = threading.Barrier(2)

    def approve(actor):
        try:
            start.wait()
            services.approve_payment_cycle(cycle=cycle, actor=actor)
            results.append("approved")
        except TransitionNotAllowed:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=approve, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["approved", "refused"]
    assert AuditEntry.objects.filter(action="payment_cycle.approved").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_cycles_of_one_month_at_once_yield_one():
    program, people = program_in_force(), [preparer(), preparer()]
    results: list[str] = []
    start = threading.Barrier(2)

    def create(actor):
        try:
            start.wait()
            cycle_of(program, actor=actor)
            results.append("created")
        except RuleViolation:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=create, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["created", "refused"]
