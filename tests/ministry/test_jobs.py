import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.utils import timezone

from ministry import jobs
from ministry.actor import current_actor_id
from ministry.celery import app
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.jobs import adoption, engine
from ministry.jobs.lease import Lease
from ministry.jobs.services import available
from ministry.models import AuditEntry, Job, JobChunk
from ministry.tasks import run_job, start_job
from tests.ministry.factories import AreaFactory, UserFactory
from tests.ministry.job_kinds import counting, figures

S = Job.Status


@contextmanager
def unreachable_broker():
    """Send messages to a port where nobody listens."""
    address = app.conf.broker_url
    with patch.object(app, "_pool", None), patch.object(app.amqp, "_producer_pool", None):
        app.conf.broker_url = "redis://127.0.0.1:1/0"
        yield
        app.conf.broker_url = address


def start(area, actor=None, **params):
    return jobs.start(kind="test.counting", params=counting(area, **params), actor=actor)


@pytest.mark.django_db
class TestStart:
    def test_one_job_per_kind_and_scope_is_active(self):
        area = AreaFactory()
        start(area)
        with pytest.raises(jobs.JobAlreadyActive):
            start(area)
        jobs.start(kind="test.counting", scope="other", params={}, actor=None)

    def test_a_new_one_may_start_when_the_last_has_ended(self):
        area = AreaFactory()
        jobs.run_now(start(area))
        assert start(area).status == S.QUEUED

    def test_the_page_answers_although_the_queue_is_down(self, settings, django_capture_on_commit_callbacks):
        area = AreaFactory()
        began = time.monotonic()
        with unreachable_broker(), django_capture_on_commit_callbacks(execute=True):
            job = start(area)
        assert job.status == S.QUEUED
        assert time.monotonic() - began < 5

    def test_a_schedule_that_comes_round_too_early_changes_nothing(self):
        params = counting(AreaFactory())
        start_job("test.counting", params=params)
        start_job("test.counting", params=params)
        assert Job.objects.count() == 1


@pytest.mark.django_db
class TestRun:
    def test_every_step_happens_once_and_is_counted(self):
        seen = []
        job = jobs.run_now(start(AreaFactory(), steps=4), on_progress=lambda job: seen.append((job.done, job.total)))
        assert figures(job) == [0, 1, 2, 3]
        assert job.status == S.SUCCEEDED
        assert seen == [(0, 40), (10, 40), (20, 40), (30, 40), (40, 40), (40, 40)]
        assert job.result == {"written": 4, "area": job.params["area"]}
        assert job.finished_at is not None

    def test_a_step_may_add_steps(self):
        job = jobs.run_now(jobs.start(kind="test.growing", actor=None))
        assert (job.done, job.total) == (16, 16)
        assert job.result == {"leaves": 3}

    def test_a_refusal_ends_the_job_with_its_words(self, tmp_path):
        (trouble := tmp_path / "trouble").touch()
        job = start(AreaFactory(), trouble=str(trouble), fail_at=2, error="rule")
        with pytest.raises(jobs.JobFailed, match=r"Step refused\.") as failure:
            jobs.run_now(job)
        assert isinstance(failure.value.__cause__, RuleViolation)
        assert (job.status, job.error) == (S.FAILED, "Step refused.")
        assert job.result["stopped"]
        # The refused step left nothing behind.
        assert figures(job) == [0, 1]

    def test_an_unexpected_error_ends_it_with_a_reference_and_no_details(self, tmp_path):
        (trouble := tmp_path / "trouble").touch()
        job = start(AreaFactory(), UserFactory(language="en"), trouble=str(trouble), fail_at=0, error="bug")
        with pytest.raises(jobs.JobFailed):
            jobs.run_now(job)
        assert "reference" in job.error
        assert "secret" not in job.error

    def test_resuming_goes_on_after_the_last_finished_step(self, tmp_path):
        (trouble := tmp_path / "trouble").touch()
        officer = UserFactory(permissions=["ministry.cancel_job"])
        job = start(AreaFactory(), trouble=str(trouble), fail_at=2, error="bug")
        with pytest.raises(jobs.JobFailed):
            jobs.run_now(job)
        trouble.unlink()
        jobs.run_now(jobs.resume(job=job, actor=officer))
        job.refresh_from_db()
        assert figures(job) == [0, 1, 2, 3, 4]
        assert (job.status, job.error, job.done) == (S.SUCCEEDED, "", 50)
        assert AuditEntry.objects.filter(action="job.resumed", target_id=job.pk, actor=officer).exists()

    def test_a_job_that_keeps_killing_its_workers_is_given_up(self):
        job = start(AreaFactory())
        Job.objects.update(status=S.RUNNING, attempts=engine.MAX_ATTEMPTS)
        with pytest.raises(jobs.JobFailed):
            jobs.run_now(job)
        assert figures(job) == []

    def test_an_unknown_kind_fails_in_words(self):
        job = start(AreaFactory())
        Job.objects.update(kind="test.gone")
        with pytest.raises(jobs.JobFailed, match=r"test\.gone"):
            jobs.run_now(job)

    def test_it_works_on_behalf_of_who_started_it(self):
        officer = UserFactory()
        area = AreaFactory()
        seen = []
        jobs.run_now(start(area, officer, steps=1), on_progress=lambda job: seen.append(current_actor_id()))
        assert seen[0] == officer.pk


@pytest.mark.django_db
class TestCancel:
    def test_a_waiting_job_stops_at_once(self):
        officer = UserFactory(permissions=["ministry.cancel_job"])
        job = jobs.cancel(job=start(AreaFactory()), actor=officer)
        assert job.status == S.CANCELLED
        assert not run_job(job.pk)
        assert figures(job) == []

    def test_a_running_job_stops_after_the_current_step(self):
        officer = UserFactory(permissions=["ministry.cancel_job"])
        job = start(AreaFactory())

        def stop_after_two(job):
            if job.done == 20 and job.status == S.RUNNING:
                jobs.cancel(job=job, actor=officer)

        with pytest.raises(jobs.JobFailed):
            jobs.run_now(job, on_progress=stop_after_two)
        assert job.status == S.CANCELLED
        assert figures(job) == [0, 1]

    def test_needs_the_right_unless_it_is_ones_own(self):
        owner = UserFactory(permissions=["ministry.view_job"])
        job = start(AreaFactory(), owner)
        with pytest.raises(PermissionDenied):
            jobs.cancel(job=job, actor=UserFactory(permissions=["ministry.view_job"]))
        assert jobs.cancel(job=job, actor=owner).status == S.CANCELLED

    def test_what_must_not_stop_half_way_does_not(self):
        officer = UserFactory(permissions=["ministry.cancel_job"])
        job = jobs.start(kind="test.growing", actor=None)
        assert available(job=job, actor=officer) == []
        with pytest.raises(RuleViolation):
            jobs.cancel(job=job, actor=officer)

    @pytest.mark.parametrize("status", S.values)
    @pytest.mark.parametrize(
        ("verb", "sources"), [("cancel", {S.QUEUED, S.RUNNING}), ("resume", {S.FAILED, S.CANCELLED})]
    )
    def test_verbs_are_open_only_from_their_states(self, verb, sources, status):
        officer = UserFactory(permissions=["ministry.cancel_job"])
        job = start(AreaFactory())
        Job.objects.update(status=status)
        job.refresh_from_db()
        assert (verb in available(job=job, actor=officer)) == (status in sources)
        if status not in sources:
            with pytest.raises(TransitionNotAllowed):
                getattr(jobs, verb)(job=job, actor=officer)

    def test_resuming_waits_for_a_newer_one_of_the_same_scope(self):
        officer = UserFactory(permissions=["ministry.cancel_job"])
        area = AreaFactory()
        job = jobs.cancel(job=start(area), actor=officer)
        start(area)
        with pytest.raises(jobs.JobAlreadyActive):
            jobs.resume(job=job, actor=officer)


@pytest.mark.django_db
class TestAdoption:
    @pytest.mark.parametrize(
        ("status", "age", "orphan"),
        [
            (S.QUEUED, 15, False),
            (S.QUEUED, 25, True),
            (S.RUNNING, 35, False),
            (S.RUNNING, 45, True),
            (S.CANCELLING, 45, True),
            (S.FAILED, 900, False),
            (S.SUCCEEDED, 900, False),
        ],
    )
    def test_claims_jobs_without_a_sign_of_life(self, status, age, orphan):
        job = start(AreaFactory())
        Job.objects.update(status=status, heartbeat_at=timezone.now() - timedelta(seconds=age))
        assert adoption.claim_orphans() == ([job.pk] if orphan else [])
        assert adoption.claim_orphans() == []

    def test_steps_of_jobs_long_finished_go_and_others_stay(self):
        area = AreaFactory()
        old = jobs.run_now(start(area))
        failed = start(area)
        Job.objects.filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(days=8))
        list(engine.run_job(failed.pk, seconds=0).state)
        Job.objects.filter(pk=failed.pk).update(status=S.FAILED, finished_at=timezone.now() - timedelta(days=8))
        assert adoption.prune_chunks() == 5
        assert set(JobChunk.objects.values_list("job", flat=True)) == {failed.pk}


@pytest.mark.django_db(transaction=True)
class TestTwoProcesses:
    def test_the_second_worker_leaves(self):
        job = start(AreaFactory(), steps=3, seconds=0.3)
        outcomes = []
        threads = [
            threading.Thread(target=in_thread(lambda: outcomes.append(engine.run_job(job.pk)))) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcome.state for outcome in outcomes) == ["ended", "taken"]
        assert figures(job) == [0, 1, 2]

    def test_without_the_lock_each_step_still_happens_once(self, monkeypatch):
        job = start(AreaFactory(), steps=4, seconds=0.05)
        monkeypatch.setattr(Lease, "held", property(lambda lease: True, lambda lease, value: None), raising=False)
        threads = [threading.Thread(target=in_thread(lambda: engine.run_job(job.pk))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        job.refresh_from_db()
        assert figures(job) == [0, 1, 2, 3]
        assert (job.status, job.done, job.result["written"]) == (S.SUCCEEDED, 40, 4)

    def test_a_command_follows_a_job_a_worker_has(self):
        job = start(AreaFactory(), steps=3, seconds=0.3)
        thread = threading.Thread(target=in_thread(lambda: engine.run_job(job.pk)))
        thread.start()
        time.sleep(0.3)
        assert jobs.run_now(job).status == S.SUCCEEDED
        thread.join()
        assert figures(job) == [0, 1, 2]

    def test_a_long_job_gives_way_and_goes_on(self):
        job = start(AreaFactory(), steps=3)
        states = [engine.run_job(job.pk, seconds=0).state for _ in range(4)]
        assert states == ["more", "more", "more", "ended"]
        assert figures(job) == [0, 1, 2]

    def test_the_heart_beats_during_a_long_step(self, monkeypatch):
        monkeypatch.setattr("ministry.jobs.lease.HEARTBEAT_SECONDS", 0.1)
        job = start(AreaFactory(), steps=1, seconds=0.8)
        seen = set()

        thread = threading.Thread(target=in_thread(lambda: engine.run_job(job.pk)))
        thread.start()
        while thread.is_alive():
            job.refresh_from_db()
            seen.add(job.heartbeat_at)
            time.sleep(0.05)
        assert len(seen) > 4

    def test_a_lost_lock_ends_the_work_without_harm(self, monkeypatch):
        monkeypatch.setattr("ministry.jobs.lease.HEARTBEAT_SECONDS", 0.1)
        job = start(AreaFactory(), steps=3, seconds=0.4)

        def cut(job):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name = 'portal job' AND datname = current_database()"
                )

        outcome = engine.run_job(job.pk, on_progress=lambda job: cut(job) if job.done == 10 else None)
        assert outcome.state == "taken"
        assert len(figures(job)) < 3
        assert jobs.run_now(job).status == S.SUCCEEDED
        assert figures(job) == [0, 1, 2]

    def test_a_deadlock_is_tried_again(self, monkeypatch):
        monkeypatch.setattr(engine, "BACKOFF_SECONDS", (0, 0, 0))
        job = start(AreaFactory(), steps=2)
        kind = jobs.kind_of("test.counting")
        original, left = kind.run, [deadlock() for _ in range(3)]

        def run(job, payload):
            counters = original(job, payload)
            if left:
                raise left.pop()
            return counters

        monkeypatch.setattr(kind, "run", run, raising=False)
        assert jobs.run_now(job).status == S.SUCCEEDED
        assert figures(job) == [0, 1]

    def test_a_lasting_deadlock_fails_and_can_be_resumed(self, monkeypatch):
        monkeypatch.setattr(engine, "BACKOFF_SECONDS", (0, 0, 0))
        job = start(AreaFactory(), steps=2)

        def run(job, payload):
            raise deadlock()

        with monkeypatch.context() as patch:
            patch.setattr(jobs.kind_of("test.counting"), "run", run, raising=False)
            with pytest.raises(jobs.JobFailed):
                jobs.run_now(job)
        officer = UserFactory(permissions=["ministry.cancel_job"])
        jobs.run_now(jobs.resume(job=job, actor=officer))
        assert figures(job) == [0, 1]

    def test_a_database_out_of_reach_leaves_the_job_to_be_adopted(self, monkeypatch):
        monkeypatch.setattr(engine, "BACKOFF_SECONDS", ())
        job = start(AreaFactory(), steps=2)
        kind = jobs.kind_of("test.counting")

        def run(job, payload):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        with monkeypatch.context() as patch:
            patch.setattr(kind, "run", run, raising=False)
            with pytest.raises(OperationalError):
                engine.run_job(job.pk)
        connection.close()
        job.refresh_from_db()
        assert job.status == S.RUNNING
        assert jobs.run_now(job).status == S.SUCCEEDED


def deadlock():
    """Return the error Django raises for a deadlock."""
    error = OperationalError("deadlock detected")
    error.__cause__ = type("DeadlockDetected", (Exception,), {"pgcode": "40P01"})()
    return error


def in_thread(deed):
    def run():
        try:
            deed()
        finally:
            connection.close()

    return run
