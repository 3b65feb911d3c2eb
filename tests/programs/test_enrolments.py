"""Enrolment: who is admitted, who is left out, and that it happens once."""

import datetime as dt
import itertools
import threading
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from ministry import jobs
from ministry.exceptions import DomainError, RuleViolation, TransitionNotAllowed
from ministry.models import AuditEntry
from programs.models import EligibilityRun, Enrolment
from programs.payments.benefit import Component, Member, monthly_benefit
from programs.queries.enrolments import AdmissionCounts, admission_cost, admission_counts, exited_and_eligible
from programs.services import eligibility, enrolments
from programs.workflows import ENROLMENT
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs import factories

CHILD = dt.date(2020, 5, 1)
S = Enrolment.Status
VERBS = {
    "suspend": enrolments.suspend_enrolment,
    "resume": enrolments.resume_enrolment,
    "exit": enrolments.exit_enrolment,
    "graduate": enrolments.graduate_enrolment,
}


@pytest.fixture
def version(db):
    return factories.version_in_force()


@pytest.fixture
def officer(db):
    return factories.officer()


def checked(version):
    jobs.run_now(eligibility.start_eligibility_check(program=version.program, actor=None))
    return EligibilityRun.objects.latest("id")


def enrolled(version, status=S.ENROLLED):
    home = factories.household_with_score(30.0, CHILD)
    enrolment = Enrolment.objects.create(
        program=version.program, household=home, run=eligibility_run(version), enrolled_on=dt.date(2025, 1, 1),
        confirmed_by=UserFactory(),
    )  # fmt: skip
    if status != S.ENROLLED:
        enrolment.status, enrolment.status_reason = status, "سبب"
        enrolment.ended_on = dt.date(2025, 6, 1) if status == S.EXITED else None
        enrolment.save()
    return enrolment


def eligibility_run(version):
    return EligibilityRun.objects.filter(version=version).first() or EligibilityRun.objects.create(
        version=version, on_date=dt.date(2025, 1, 1), status="complete",
        completed_at=timezone.now(), pruned_at=timezone.now(),
    )  # fmt: skip


class TestConfirm:
    def test_admits_the_eligible_and_nobody_else(self, version, officer):
        eligible = factories.household_with_score(30.0, CHILD)
        factories.household_with_score(80.0, CHILD)
        factories.household_with_score(None, CHILD)
        run = checked(version)
        assert enrolments.confirm_enrolments(run=run, actor=officer, expected=1).enrolled == 1
        enrolment = Enrolment.objects.get()
        assert (enrolment.household, enrolment.run, enrolment.confirmed_by, enrolment.status) == (
            eligible, run, officer, S.ENROLLED,
        )  # fmt: skip
        entry = AuditEntry.objects.get(action="enrolments.confirmed")
        assert (entry.actor, entry.data["enrolled"]) == (officer, 1)

    def test_a_second_time_admits_nobody(self, version, officer):
        factories.household_with_score(30.0, CHILD)
        run = checked(version)
        assert enrolments.confirm_enrolments(run=run, actor=officer).enrolled == 1
        assert enrolments.confirm_enrolments(run=run, actor=officer, expected=1).enrolled == 0

    def test_more_than_two_hundred(self, version, officer):
        area = AreaFactory()
        for _ in range(230):
            factories.household_with_score(30.0, CHILD, area=area)
        assert enrolments.confirm_enrolments(run=checked(version), actor=officer, expected=230).enrolled == 230

    def test_paused_and_departed_households_stay_as_they_are(self, version, officer):
        paused, departed = enrolled(version, S.SUSPENDED), enrolled(version, S.EXITED)
        run = checked(version)
        paths = officer.area_paths_with("programs.confirm_enrolment")
        assert admission_counts(run, paths) == AdmissionCounts(0, 0, suspended=1, exited=1, without_payee=0)
        assert enrolments.confirm_enrolments(run=run, actor=officer).enrolled == 0
        assert list(exited_and_eligible(run, paths)) == [departed]
        paused.refresh_from_db()
        assert paused.status == S.SUSPENDED

    def test_where_nobody_can_be_paid_nobody_is_admitted(self, version, officer):
        factories.household_with_score(30.0, CHILD, has_head=False)
        dead = factories.household_with_score(30.0, CHILD)
        head = dead.memberships.get(relationship="head").individual
        head.died_on = dt.date(2025, 1, 1)
        head.save()
        run = checked(version)
        counts = admission_counts(run, officer.area_paths_with("programs.confirm_enrolment"))
        assert (counts.new, counts.without_payee) == (0, 2)
        assert enrolments.confirm_enrolments(run=run, actor=officer).enrolled == 0

    def test_who_left_the_register_since_the_check_is_not_admitted(self, version, officer):
        home = factories.household_with_score(30.0, CHILD)
        run = checked(version)
        home.status = "inactive"
        home.save()
        assert enrolments.confirm_enrolments(run=run, actor=officer).enrolled == 0

    def test_only_within_the_persons_areas(self, version):
        here = AreaFactory()
        mine = factories.household_with_score(30.0, CHILD, area=here)
        factories.household_with_score(30.0, CHILD)
        local = UserFactory(permissions=factories.OFFICER, permissions__area=here)
        enrolments.confirm_enrolments(run=checked(version), actor=local, expected=1)
        assert Enrolment.objects.get().household == mine

    def test_refuses_who_may_not(self, version):
        with pytest.raises(PermissionDenied):
            enrolments.confirm_enrolments(run=checked(version), actor=UserFactory())

    def test_refuses_another_number_than_was_shown(self, version, officer):
        factories.household_with_score(30.0, CHILD)
        with pytest.raises(RuleViolation):
            enrolments.confirm_enrolments(run=checked(version), actor=officer, expected=2)
        assert not Enrolment.objects.exists()

    def test_refuses_an_earlier_check(self, version, officer):
        factories.household_with_score(30.0, CHILD)
        earlier = checked(version)
        checked(version)
        with pytest.raises(RuleViolation):
            enrolments.confirm_enrolments(run=earlier, actor=officer)

    def test_refuses_a_check_by_rules_no_longer_in_force(self, version, officer):
        factories.household_with_score(30.0, CHILD)
        run = checked(version)
        version.status, version.ends_on = "superseded", timezone.localdate() - dt.timedelta(days=1)
        version.save()
        with pytest.raises(RuleViolation):
            enrolments.confirm_enrolments(run=run, actor=officer)

    def test_refuses_a_check_that_is_not_finished(self, version, officer):
        run = eligibility.open_run(version=version, on_date=timezone.localdate())
        with pytest.raises(RuleViolation):
            enrolments.confirm_enrolments(run=run, actor=officer)

    @pytest.mark.django_db(transaction=True)
    def test_two_people_at_once_admit_each_household_once(self, version):
        for _ in range(5):
            factories.household_with_score(30.0, CHILD)
        run = checked(version)
        outcomes = []

        def confirm(actor):
            try:
                outcomes.append(enrolments.confirm_enrolments(run=run, actor=actor).enrolled)
            finally:
                connection.close()

        threads = [threading.Thread(target=confirm, args=[factories.officer()]) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == [0, 5]
        assert Enrolment.objects.count() == 5

    def test_the_database_refuses_a_second_open_enrolment(self, version):
        first = enrolled(version)
        with pytest.raises(DatabaseError, match="enrolment_once_per_program"), transaction.atomic():
            Enrolment.objects.create(
                program=first.program, household=first.household, run=first.run, enrolled_on=first.enrolled_on,
                confirmed_by=first.confirmed_by, status=S.SUSPENDED,
            )  # fmt: skip


class TestReadmit:
    def test_takes_a_reason_and_one_that_left_and_is_eligible(self, version, officer):
        departed = enrolled(version, S.EXITED)
        never = factories.household_with_score(30.0, CHILD)
        run = checked(version)

        def readmit(household, reason="عادت"):
            return enrolments.readmit_household(run=run, household_id=household.pk, actor=officer, reason=reason)

        with pytest.raises(RuleViolation):
            readmit(departed.household, reason="  ")
        with pytest.raises(RuleViolation):
            readmit(never)
        assert readmit(departed.household).status == S.ENROLLED
        with pytest.raises(RuleViolation):
            readmit(departed.household)

    def test_refuses_elsewhere(self, version):
        departed = enrolled(version, S.EXITED)
        run = checked(version)
        stranger = UserFactory(permissions=factories.OFFICER, permissions__area=AreaFactory())
        with pytest.raises(PermissionDenied):
            enrolments.readmit_household(run=run, household_id=departed.household_id, actor=stranger, reason="عادت")


class TestVerbs:
    LEADS = {
        ("suspend", S.ENROLLED): S.SUSPENDED,
        ("resume", S.SUSPENDED): S.ENROLLED,
        ("exit", S.ENROLLED): S.EXITED,
        ("exit", S.SUSPENDED): S.EXITED,
        ("graduate", S.ENROLLED): S.EXITED,
    }

    @pytest.mark.parametrize(("verb", "status"), list(itertools.product(VERBS, S.values)))
    def test_each_verb_at_each_status(self, version, officer, verb, status):
        enrolment = enrolled(version, status)
        if (verb, status) not in self.LEADS:
            with pytest.raises(TransitionNotAllowed):
                VERBS[verb](enrolment=enrolment, actor=officer, reason="سبب")
            return
        changed = VERBS[verb](enrolment=enrolment, actor=officer, reason="  سبب   جديد ")
        assert (changed.status, changed.status_reason) == (self.LEADS[verb, status], "سبب جديد")
        assert (changed.ended_on is not None) == (changed.status == S.EXITED)
        assert AuditEntry.objects.filter(action=f"enrolment.{verb}", target_id=changed.pk, note="سبب جديد").exists()

    def test_the_table_knows_no_other_verb(self):
        assert {transition.verb for transition in ENROLMENT} == set(VERBS)

    @pytest.mark.parametrize("reason", ["", "  ", "س" * 301])
    def test_a_reason_is_needed_and_not_too_long(self, version, officer, reason):
        with pytest.raises(RuleViolation):
            enrolments.exit_enrolment(enrolment=enrolled(version), actor=officer, reason=reason)

    def test_refuses_in_another_area(self, version):
        stranger = UserFactory(permissions=factories.OFFICER, permissions__area=AreaFactory())
        with pytest.raises(PermissionDenied):
            enrolments.suspend_enrolment(enrolment=enrolled(version), actor=stranger, reason="سبب")

    @pytest.mark.django_db(transaction=True)
    def test_two_at_once_change_it_once(self, version):
        enrolment, outcomes = enrolled(version), []

        def suspend(actor):
            try:
                enrolments.suspend_enrolment(enrolment=enrolment, actor=actor, reason="سبب")
                outcomes.append("suspended")
            except DomainError as error:
                outcomes.append(type(error).__name__)
            finally:
                connection.close()

        threads = [threading.Thread(target=suspend, args=[factories.officer()]) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["TransitionNotAllowed", "suspended"]


def test_the_cost_shown_is_what_the_benefit_says(version, officer):
    today = timezone.localdate()
    first = today.replace(day=1)
    births = [
        [first.replace(year=first.year - age) for age in ages] for ages in ([7], [7, 8, 9], [], [3], [6, 11], [5, 12])
    ]
    births.append([None, first.replace(year=first.year - 8)])
    for members in births:
        factories.household_with_score(30.0, CHILD.replace(year=today.year - 2), *members)
    run = checked(version)
    components = [Component(row.pk, row.amount, row.age_from, row.age_to) for row in version.components.all()]
    expected = sum(
        monthly_benefit(
            base=version.base_amount, components=components, members_max=2, on_date=first, minor_units=2,
            members=[Member(dt.date(1985, 3, 4)), *(Member(birth) for birth in members)],
        ).amount
        for members in births
    )  # fmt: skip
    cost = admission_cost(run, officer.area_paths_with("programs.confirm_enrolment"), today)
    assert (cost.households, cost.monthly) == (len(births), expected)
    assert cost.monthly > Decimal(325) * len(births)
