"""A check whose worker is killed in the middle: it finishes by itself, nothing doubled, nothing missing."""

import datetime as dt
from datetime import timedelta

import pytest
from django.utils import timezone

from beneficiaries.models import Household
from ministry.models import Job
from ministry.tasks import adopt_orphans
from programs.models import EligibilityDecision, EligibilityRun
from programs.queries.eligibility import latest_run
from programs.services.eligibility import start_eligibility_check
from tests.ministry.factories import AreaFactory
from tests.programs import factories
from tests.workers import empty_queue, wait_until, worker

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
SLOWLY = ("tests.programs.slow_check",)
HOUSEHOLDS = 80


@pytest.fixture(autouse=True)
def _clean_queue():
    empty_queue()
    yield
    empty_queue()


def test_a_check_goes_on_after_its_worker_was_killed():
    version, area = factories.version_in_force(), AreaFactory()
    for number in range(HOUSEHOLDS):
        factories.household_with_score(30.0 if number % 2 else 80.0, dt.date(2020, 5, 1), area=area)

    def steps_done() -> int:
        return job.chunks.filter(done_at__isnull=False).count()

    def ended() -> bool:
        job.refresh_from_db()
        return not job.is_active

    with worker(include=SLOWLY) as first:
        job = start_eligibility_check(program=version.program, actor=None)
        wait_until(lambda: steps_done() >= 3, what="three steps done")
        first.kill()
    before = steps_done()
    assert not ended()
    # Half a run is nobody's.
    assert latest_run(version.program) is None
    assert not EligibilityDecision.objects.exists()
    # Beat finds the job by its missing heartbeat; here we do not wait those forty seconds.
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=1))
    adopt_orphans()
    with worker(include=SLOWLY):
        wait_until(ended, what="the check ended")
    assert job.status == Job.Status.SUCCEEDED, job.error
    assert 3 <= before < job.chunks.count()
    run = EligibilityRun.objects.get()
    assert (run.status, run.eligible, run.not_eligible) == ("complete", HOUSEHOLDS // 2, HOUSEHOLDS // 2)
    decided = EligibilityDecision.objects.filter(run=run).values_list("household_id", flat=True)
    assert sorted(decided) == sorted(Household.objects.values_list("pk", flat=True))
    assert job.result["households"] == HOUSEHOLDS
