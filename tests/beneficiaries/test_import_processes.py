"""Imports and real processes: workers killed in the middle, two imports entered at once."""

import threading
from datetime import timedelta

import pytest
from django.core.files import File
from django.db import connection
from django.utils import timezone

from beneficiaries.models import (
    DuplicatePair,
    Dwelling,
    Household,
    Identifier,
    ImportBatch,
    Individual,
    Membership,
    StagedHousehold,
)
from beneficiaries.services import imports as services
from ministry import jobs
from ministry.exceptions import TransitionNotAllowed
from ministry.models import AuditEntry, Job
from ministry.tasks import adopt_orphans
from tests.beneficiaries.register_files import WOMAN_1988, country_areas, household, person, take_in, write
from tests.ministry.factories import UserFactory
from tests.workers import empty_queue, wait_until, worker

SLOWLY = ("tests.beneficiaries.slow_import",)
HOUSEHOLDS = 20

pytestmark = pytest.mark.django_db(transaction=True)


def register(folder, *, households: int = HOUSEHOLDS, first: int = 1):
    """Write a register of households of two: a widow and her child; two of the widows share a number."""
    numbers = range(first, first + households)
    people = []
    for number in numbers:
        identifier = WOMAN_1988 if number < first + 2 else ""
        people.append(person(household_ref=f"H{number}", person_ref=f"A{number}", national_id=identifier))
        people.append(
            person(
                household_ref=f"H{number}", person_ref=f"B{number}", relationship="child", birth_date="2015-01-01",
                years_schooling="3", marital_status="single",
            )
        )  # fmt: skip
    return write(folder, [household(household_ref=f"H{number}") for number in numbers], people)


def opened(folder) -> ImportBatch:
    """Upload the files of a folder and leave the work to a worker."""
    with (folder / "households.csv").open("rb") as homes, (folder / "individuals.csv").open("rb") as people:
        return services.open_import(
            households=File(homes, "households.csv"),
            individuals=File(people, "individuals.csv"),
            area=country_areas(),
            actor=None,
        )


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Household, Dwelling, Individual, Membership, Identifier))


def everything_once(households: int = HOUSEHOLDS) -> bool:
    return counts() == (households, households, 2 * households, 2 * households, 2)


def ended(job: Job) -> bool:
    job.refresh_from_db()
    return not job.is_active


def orphan(job: Job) -> None:
    """Have the job found at once, instead of after the forty seconds that a missing heartbeat takes."""
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=1))
    adopt_orphans()


@pytest.mark.processes
class TestAKilledWorker:
    @pytest.fixture(autouse=True)
    def _clean_queue(self):
        empty_queue()
        yield
        empty_queue()

    def test_in_the_middle_of_entering_loses_and_doubles_nobody(self, tmp_path):
        batch = take_in(register(tmp_path), commit=False)
        with worker(include=SLOWLY) as first:
            batch = services.commit_import(batch=batch, actor=None)
            wait_until(lambda: Household.objects.count() >= 6, what="two ranges entered")
            first.kill()
        left = Household.objects.count()
        assert left < HOUSEHOLDS
        assert left % 3 == 0, "a range is there as a whole or not at all"
        assert Individual.objects.count() == 2 * left
        orphan(batch.job)
        with worker(include=SLOWLY):
            wait_until(lambda: ended(batch.job), seconds=110, what="the job ended")
        assert batch.job.status == Job.Status.SUCCEEDED, batch.job.error
        assert everything_once()
        assert DuplicatePair.objects.count() == 1
        batch.refresh_from_db()
        assert batch.status == ImportBatch.Status.COMMITTED
        assert batch.summary["entered"]["households"] == HOUSEHOLDS
        assert AuditEntry.objects.filter(action="import.entered", target_id=batch.pk).count() == 1

    def test_in_the_middle_of_reading_reads_again(self, tmp_path):
        with worker(include=SLOWLY) as first:
            batch = opened(register(tmp_path))
            wait_until(lambda: StagedHousehold.objects.exists(), what="the first file read")
            first.kill()
        assert ImportBatch.objects.get().status == ImportBatch.Status.CHECKING
        orphan(batch.job)
        with worker(include=SLOWLY):
            wait_until(lambda: ended(batch.job), seconds=110, what="the job ended")
        batch.refresh_from_db()
        assert batch.status == ImportBatch.Status.IN_REVIEW
        assert batch.summary == {
            "households": {"rows": HOUSEHOLDS, "known": 0},
            "individuals": {"rows": 2 * HOUSEHOLDS, "known": 0},
        }


def together(*deeds) -> list[Exception | None]:
    """Do the deeds at the same moment, each on a connection of its own; return what each raised."""
    barrier = threading.Barrier(len(deeds))
    errors: list[Exception | None] = [None] * len(deeds)

    def do(number, deed):
        try:
            barrier.wait(timeout=10)
            deed()
        except Exception as error:
            errors[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(number, deed)) for number, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return errors


class TestTwoAtOnce:
    def test_two_people_entering_one_import_start_one_job(self, tmp_path):
        batch = take_in(register(tmp_path), commit=False)
        officers = [UserFactory(permissions=["beneficiaries.commit_importbatch"]) for _number in range(2)]
        errors = together(
            *(lambda officer=officer: services.commit_import(batch=batch, actor=officer) for officer in officers)
        )
        assert sorted(type(error) for error in errors if error) == [TransitionNotAllowed]
        assert Job.objects.filter(kind=services.COMMIT_JOB).count() == 1

    def test_two_imports_of_the_same_people_enter_each_once(self, tmp_path, monkeypatch):
        monkeypatch.setattr(services, "HOUSEHOLDS_AT_ONCE", 3)
        folder = register(tmp_path)
        batches = [take_in(folder, commit=False) for _number in range(2)]
        started = [services.commit_import(batch=batch, actor=None, tell_worker=False) for batch in batches]
        errors = together(*(lambda batch=batch: jobs.run_now(batch.job) for batch in started))
        assert errors == [None, None]
        assert everything_once()
        assert DuplicatePair.objects.count() == 1
        entered = [ImportBatch.objects.get(pk=batch.pk).summary["entered"] for batch in batches]
        for column, total in (("households", HOUSEHOLDS), ("individuals", 2 * HOUSEHOLDS)):
            assert sum(one[column] for one in entered) == total
            assert sum(one[f"known_{column}"] for one in entered) == total

    def test_overlapping_imports_lose_nobody(self, tmp_path, monkeypatch):
        monkeypatch.setattr(services, "HOUSEHOLDS_AT_ONCE", 3)
        folders = [register(tmp_path / "a", first=1), register(tmp_path / "b", first=11)]
        batches = [
            services.commit_import(batch=take_in(folder, commit=False), actor=None, tell_worker=False)
            for folder in folders
        ]
        assert together(*(lambda batch=batch: jobs.run_now(batch.job) for batch in batches)) == [None, None]
        assert Household.objects.count() == 30
        assert Individual.objects.count() == Membership.objects.count() == 60
