"""Jobs and real worker processes: killed, stopped, left without messages."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from ministry import jobs
from ministry.jobs import schedules
from ministry.models import Job
from ministry.tasks import adopt_orphans
from tests.ministry.factories import AreaFactory
from tests.ministry.job_kinds import counting, figures
from tests.workers import beat, empty_queue, wait_until, worker

KINDS = ("tests.ministry.job_kinds",)

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _clean_queue():
    empty_queue()
    yield
    empty_queue()


def ended(job):
    job.refresh_from_db()
    return not job.is_active


def test_a_job_goes_on_after_its_worker_was_killed():
    with worker(include=KINDS) as first:
        job = jobs.start(kind="test.counting", params=counting(AreaFactory(), steps=8, seconds=0.5), actor=None)
        wait_until(lambda: len(figures(job)) >= 3, what="three steps done")
        first.kill()
    assert not ended(job)
    before = len(figures(job))
    # The beat finds it by its missing heartbeat; here we do not wait those forty seconds.
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=1))
    adopt_orphans()
    with worker(include=KINDS):
        wait_until(lambda: ended(job), what="the job ended")
    assert job.status == Job.Status.SUCCEEDED, job.error
    assert before < 8
    assert figures(job) == list(range(8))
    assert job.result["written"] == 8


def test_a_job_whose_message_was_lost_is_found():
    job = jobs.start(kind="test.counting", params=counting(AreaFactory(), steps=2), actor=None)
    empty_queue()
    with worker(include=KINDS):
        time.sleep(3)
        assert not ended(job)
        # The queue was emptied under a running worker and a running sender; both go on.
        empty_queue()
        Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(seconds=30))
        adopt_orphans()
        wait_until(lambda: ended(job), what="the job ended")
    assert figures(job) == [0, 1]


def test_two_workers_share_nothing_but_the_queue():
    area = AreaFactory()
    with worker(include=KINDS), worker(include=KINDS):
        started = [
            jobs.start(kind="test.counting", scope=str(n), params=counting(area, steps=3, seconds=0.2), actor=None)
            for n in range(4)
        ]
        for job in started:
            wait_until(lambda job=job: ended(job), what=f"job {job.pk} ended")
    assert [figures(job) for job in started] == [[0, 1, 2]] * 4


def test_after_a_killed_worker_and_an_emptied_queue_all_goes_on_by_itself_within_two_minutes():
    schedules.load()
    area = AreaFactory()
    with beat():
        with worker(include=KINDS) as first:
            running = jobs.start(kind="test.counting", params=counting(area, steps=6, seconds=0.5), actor=None)
            wait_until(lambda: len(figures(running)) >= 2, what="two steps done")
            first.kill()
        waiting = jobs.start(kind="test.counting", scope="2", params=counting(area, steps=2), actor=None)
        empty_queue()
        began = time.monotonic()
        with worker(include=KINDS):
            wait_until(lambda: ended(running) and ended(waiting), seconds=120, what="both jobs ended")
    assert time.monotonic() - began < 120
    assert figures(running) == list(range(6))
    assert figures(waiting) == [0, 1]
    assert (running.status, waiting.status) == (Job.Status.SUCCEEDED, Job.Status.SUCCEEDED)
