"""A preparation whose worker is killed in the middle: nothing doubled, nothing missing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from ministry.models import Job
from ministry.tasks import adopt_orphans
from programs.models import Entitlement, Payment, PaymentCycle
from programs.services.payment_cycles import prepare_payment_cycle
from tests.ministry.factories import AreaFactory
from tests.programs.payment_factories import TAKAFUL, cycle_of, enrol, household, program_in_force
from tests.workers import empty_queue, wait_until, worker

SLOWLY = ("tests.programs.slow_preparation",)

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _clean_queue():
    empty_queue()
    yield
    empty_queue()


def test_a_preparation_finishes_after_its_worker_was_killed():
    program, area = program_in_force(TAKAFUL), AreaFactory()
    homes = [household(area=area) for _ in range(20)]
    enrol(program, *homes)
    cycle = cycle_of(program)

    def lines() -> int:
        return Entitlement.objects.filter(cycle=cycle).count()

    with worker(include=SLOWLY) as first:
        job = prepare_payment_cycle(cycle=cycle, actor=cycle.created_by)
        wait_until(lambda: lines() >= 6, what="two ranges written")
        first.kill()
    left = lines()
    assert 0 < left < 20
    assert left % 3 == 0, "a range is there as a whole or not at all"
    cycle.refresh_from_db()
    assert cycle.status == PaymentCycle.Status.DRAFT

    # The beat finds it by its missing heartbeat; here we do not wait those forty seconds.
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=1))
    adopt_orphans()

    def ended() -> bool:
        job.refresh_from_db()
        return not job.is_active

    with worker(include=SLOWLY):
        wait_until(ended, seconds=110, what="the job ended")
    assert job.status == Job.Status.SUCCEEDED, job.error
    cycle.refresh_from_db()
    assert (cycle.status, cycle.households, cycle.lines, cycle.total) == ("prepared", 20, 20, Decimal("6500"))
    assert set(Entitlement.objects.values_list("household_id", flat=True)) == {home.pk for home in homes}
    assert Payment.objects.filter(cycle=cycle).count() == 20
    assert job.result["households"] == 20
