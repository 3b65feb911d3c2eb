"""Sweeps: decisions with reasons, all or nothing, whatever is killed."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ministry import jobs
from ministry.exceptions import RuleViolation
from ministry.models import AuditEntry, Job
from programs.eligibility import storage, sweep
from programs.eligibility.compiler import Keys
from programs.eligibility.explain import explain
from programs.models import Criterion, EligibilityDecision, EligibilityRun, Enrolment
from programs.queries.eligibility import latest_run
from programs.services import eligibility as services
from programs.tasks.eligibility import check_eligibility_nightly
from tests.ministry.factories import UserFactory
from tests.programs import factories

CHILD = dt.date(2020, 5, 1)
ADULT = dt.date(1990, 5, 1)
D = EligibilityDecision.Decision


@pytest.fixture
def version(db):
    return factories.version_in_force()


@pytest.fixture
def small_steps(monkeypatch):
    monkeypatch.setattr(sweep, "STEP", 2)
    monkeypatch.setattr(sweep.key_ranges, "__defaults__", (2,))


def checked(version, actor=None):
    job = services.start_eligibility_check(program=version.program, actor=actor or factories.officer())
    jobs.run_now(job)
    return EligibilityRun.objects.get(job=job)


def decisions(run):
    return {
        row.household_id: (row.decision, row.failed, row.unknown, row.score)
        for row in EligibilityDecision.objects.filter(run=run)
    }


class TestCheck:
    def test_each_household_gets_a_decision_with_its_reasons(self, version, small_steps):
        poor_with_child = factories.household_with_score(30.0, CHILD)
        rich = factories.household_with_score(80.0, CHILD)
        unscored = factories.household_with_score(None, CHILD)
        alone = factories.household_with_score(30.0)
        without_facts = factories.household(CHILD)
        children, pregnancy, score = Criterion.objects.filter(group__version=version).order_by("id")
        run = checked(version)
        assert run.status == "complete"
        assert (run.eligible, run.not_eligible, run.needs_information) == (1, 2, 2)
        assert decisions(run) == {
            poor_with_child.pk: (D.ELIGIBLE, [], [], 30.0),
            rich.pk: (D.NOT_ELIGIBLE, [score.pk], [], 80.0),
            unscored.pk: (D.NEEDS_INFORMATION, [], [score.pk], None),
            alone.pk: (D.NOT_ELIGIBLE, [children.pk, pregnancy.pk], [], 30.0),
            without_facts.pk: (D.NEEDS_INFORMATION, [], [score.pk], None),
        }

    def test_households_that_left_the_register_are_not_asked(self, version):
        gone = factories.household_with_score(30.0, CHILD)
        gone.status = "inactive"
        gone.save()
        assert decisions(checked(version)) == {}

    def test_ages_are_those_of_the_day(self, version):
        home = factories.household_with_score(30.0, dt.date(2008, 6, 1))
        actor = factories.officer()
        for on_date, decision in ((dt.date(2026, 5, 31), D.ELIGIBLE), (dt.date(2026, 6, 1), D.NOT_ELIGIBLE)):
            job = services.start_eligibility_check(program=version.program, actor=actor, on_date=on_date)
            jobs.run_now(job)
            assert decisions(EligibilityRun.objects.get(job=job))[home.pk][0] == decision

    def test_the_explanation_says_what_the_decision_says(self, version):
        homes = [factories.household_with_score(score, *births) for score in (30.0, 80.0, None)
                 for births in ((CHILD,), (), (None,))]  # fmt: skip
        run = checked(version)
        for home in homes:
            explanation = explain(version, household_id=home.pk, on_date=run.on_date)
            decision, failed, unknown, score = decisions(run)[home.pk]
            assert explanation.decision == decision
            assert [reason.criterion.pk for reason in explanation.against] == failed
            assert [reason.criterion.pk for reason in explanation.reasons if reason.is_unknown] == unknown
            assert explanation.score == score

    def test_households_without_facts_get_them_first(self, version):
        home = factories.household(CHILD)
        decided = decisions(checked(version))
        assert home.facts.children_0_17 == 1
        assert decided[home.pk][0] == D.NEEDS_INFORMATION

    def test_the_run_keeps_what_its_rules_were(self, version):
        factories.household_with_score(30.0, CHILD)
        first, second = checked(version), checked(version)
        assert first.rules_sha256 == second.rules_sha256
        assert len(first.rules_sha256) == 64
        assert latest_run(version.program) == second
        assert AuditEntry.objects.filter(action="eligibility_check.completed", target_id=second.pk).exists()

    def test_an_empty_register_gives_an_empty_run(self, version):
        assert checked(version).eligible == 0


class TestStart:
    def test_takes_the_right_over_the_whole_country(self, version):
        with pytest.raises(PermissionDenied):
            services.start_eligibility_check(program=version.program, actor=UserFactory())

    def test_refuses_a_day_without_a_version_in_force(self, version):
        with pytest.raises(RuleViolation):
            services.start_eligibility_check(
                program=version.program, actor=factories.officer(), on_date=dt.date(2023, 12, 31)
            )

    def test_one_check_of_a_programme_at_a_time(self, version):
        services.start_eligibility_check(program=version.program, actor=factories.officer())
        with pytest.raises(jobs.JobAlreadyActive):
            services.start_eligibility_check(program=version.program, actor=factories.officer())

    def test_every_night_each_programme_with_a_version_in_force(self, version):
        factories.with_rules(factories.draft_version())
        other = factories.version_in_force()
        assert check_eligibility_nightly() == 2
        assert check_eligibility_nightly() == 0
        assert {job.params["version"] for job in Job.objects.all()} == {version.pk, other.pk}


class TestHalfARun:
    def test_nobody_sees_it(self, version, small_steps):
        for _ in range(5):
            factories.household_with_score(30.0, CHILD)
        run = services.open_run(version=version, on_date=timezone.localdate())
        services.decide_range(run=run, keys=Keys())
        assert not EligibilityDecision.objects.filter(run=run).exists()
        assert latest_run(version.program) is None

    def test_a_household_decided_twice_is_refused(self, version):
        factories.household_with_score(30.0, CHILD)
        run = services.open_run(version=version, on_date=timezone.localdate())
        services.decide_range(run=run, keys=Keys())
        services.decide_range(run=run, keys=Keys())
        with pytest.raises(IntegrityError), transaction.atomic():
            storage.add_keys(run.pk)

    def test_ranges_cover_every_household_once(self, version):
        homes = [factories.household() for _ in range(7)]
        for step in (1, 2, 3, 7, 50):
            found = []
            for keys in sweep.key_ranges(step):
                condition = keys.condition("id")
                with connection.cursor() as cursor:
                    cursor.execute(f"SELECT id FROM beneficiaries_household WHERE {condition.sql}", condition.params)
                    found += [row[0] for row in cursor.fetchall()]
            assert sorted(found) == sorted(home.pk for home in homes)


class TestCompleteRun:
    def test_neither_it_nor_its_decisions_change(self, version):
        factories.household_with_score(30.0, CHILD)
        run = checked(version)
        for deed in (
            lambda: EligibilityRun.objects.filter(pk=run.pk).update(eligible=99),
            lambda: EligibilityDecision.objects.filter(run=run).update(decision="not_eligible"),
            lambda: EligibilityDecision.objects.filter(run=run)._raw_delete("default"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                deed()

    def test_its_table_has_the_keys_of_the_others(self, version):
        factories.household_with_score(30.0, CHILD)
        run = checked(version)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT contype, convalidated, conparentid <> 0 FROM pg_constraint"
                " WHERE conrelid = %s::regclass AND contype IN ('p', 'f')",
                [storage.table_of(run.pk)],
            )
            assert sorted(cursor.fetchall()) == [("f", True, True), ("f", True, True), ("p", True, True)]
            cursor.execute(
                "SELECT count(*) FROM pg_inherits WHERE inhrelid::regclass::text LIKE %s", [f"%decision_{run.pk}_%idx"]
            )
            assert cursor.fetchone()[0] == 1


class TestDropOldRuns:
    def test_keeps_the_latest_and_those_on_which_somebody_was_admitted(self, version):
        home = factories.household_with_score(30.0, CHILD)
        runs = [checked(version) for _ in range(4)]
        Enrolment.objects.create(
            program=version.program, household=home, run=runs[0], enrolled_on=timezone.localdate(),
            confirmed_by=UserFactory(),
        )  # fmt: skip
        assert services.drop_old_runs(keep=2) == 1
        assert services.drop_old_runs(keep=2) == 0
        assert [bool(decisions(run)) for run in runs] == [True, False, True, True]
        runs[1].refresh_from_db()
        assert runs[1].pruned_at
        assert runs[1].eligible == 1

    def test_abandons_runs_that_were_stopped_yesterday(self, version):
        run = services.open_run(version=version, on_date=timezone.localdate())
        assert services.drop_old_runs() == 0
        EligibilityRun.objects.filter(pk=run.pk).update(started_at=timezone.now() - dt.timedelta(days=2))
        assert services.drop_old_runs() == 1
        run.refresh_from_db()
        assert run.status == "abandoned"
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s)", [storage.table_of(run.pk)])
            assert cursor.fetchone()[0] is None


class TestStatements:
    def count(self, version):
        with CaptureQueriesContext(connection) as sent:
            checked(version)
        return len(sent)

    def test_a_check_sends_as_many_for_fifty_households_as_for_two(self, version):
        for _ in range(2):
            factories.household_with_score(30.0, CHILD)
        # The second check is the first that has one before it.
        checked(version)
        few = self.count(version)
        for number in range(48):
            factories.household_with_score(30.0 if number % 2 else 80.0, CHILD)
        assert self.count(version) == few
