from datetime import timedelta

import pytest
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from ministry.celery import app
from ministry.jobs import register_schedule, schedules

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_schedules(monkeypatch):
    monkeypatch.setattr(schedules, "_schedules", {})


def test_defaults_are_created_once():
    register_schedule("often", "ministry.tasks.adopt_orphans", every=timedelta(seconds=15))
    register_schedule("nightly", "ministry.tasks.start_job", at="30 1 * * *", kwargs={"kind": "test.growing"})
    assert schedules.load() == 2
    assert schedules.load() == 0
    often, nightly = PeriodicTask.objects.filter(name__in=["often", "nightly"]).order_by("-name")
    assert (often.interval.every, often.expire_seconds) == (15, 15)
    assert (nightly.crontab.hour, nightly.crontab.minute, nightly.kwargs) == ("1", "30", '{"kind": "test.growing"}')


def test_what_administrators_set_stays():
    register_schedule("nightly", "ministry.tasks.start_job", at="30 1 * * *")
    schedules.load()
    later = CrontabSchedule.objects.create(minute="0", hour="4")
    PeriodicTask.objects.filter(name="nightly").update(crontab=later, enabled=False)
    schedules.load()
    task = PeriodicTask.objects.get(name="nightly")
    assert (task.crontab, task.enabled) == (later, False)


def test_a_task_that_was_renamed_in_the_code_is_found_again():
    register_schedule("nightly", "old.name", at="30 1 * * *")
    schedules.load()
    register_schedule("nightly", "ministry.tasks.start_job", at="30 1 * * *")
    schedules.load()
    assert PeriodicTask.objects.get(name="nightly").task == "ministry.tasks.start_job"


def test_either_an_interval_or_a_time_is_needed():
    for wrong in ({}, {"at": "0 1 * * *", "every": timedelta(hours=1)}):
        with pytest.raises(ValueError, match="nightly"):
            register_schedule("nightly", "x", **wrong)


def test_every_registered_schedule_names_a_task_that_exists(monkeypatch):
    monkeypatch.undo()
    app.loader.import_default_modules()
    named = {schedule.task for schedule in schedules._schedules.values()}
    assert named
    assert named <= set(app.tasks)
