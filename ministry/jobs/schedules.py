"""What runs by the clock: defaults stand in code, the ministry changes them in the admin.

register_schedule("nightly_facts", task="ministry.tasks.start_job", at="30 1 * * *", kwargs={"kind": "facts"})
"""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask


@dataclass(frozen=True)
class Schedule:
    """A task and when it runs: either every so often, or at a crontab time (minute hour day month weekday)."""

    code: str
    task: str
    every: timedelta | None = None
    at: str = ""
    kwargs: dict[str, Any] = field(default_factory=dict)
    # A run not taken by a worker within this time is dropped; the next one comes anyway.
    expires: timedelta | None = None


_schedules: dict[str, Schedule] = {}


def register_schedule(
    code: str,
    task: str,
    *,
    every: timedelta | None = None,
    at: str = "",
    kwargs: dict[str, Any] | None = None,
    expires: timedelta | None = None,
) -> Schedule:
    """Register a schedule under a lasting `code`; called in the app's `ready()`. Times are in TIME_ZONE."""
    if (every is None) == (not at):
        raise ValueError(f"Schedule {code}: give either `every` or `at`.")
    _schedules[code] = Schedule(code, task, every, at, kwargs or {}, expires or every)
    return _schedules[code]


def load() -> int:
    """Create the schedules that are missing in django-celery-beat, and return how many.

    What an administrator changed (time, switched off) stays; only the name of the task follows the code.
    """
    created = 0
    for schedule in _schedules.values():
        task, is_new = PeriodicTask.objects.get_or_create(name=schedule.code, defaults=_defaults(schedule))
        created += is_new
        if task.task != schedule.task:
            task.task = schedule.task
            task.save(update_fields=["task"])
    return created


def _defaults(schedule: Schedule) -> dict[str, Any]:
    values: dict[str, Any] = {"task": schedule.task, "kwargs": json.dumps(schedule.kwargs)}
    if schedule.expires is not None:
        values["expire_seconds"] = int(schedule.expires.total_seconds())
    if schedule.every is not None:
        values["interval"], _new = IntervalSchedule.objects.get_or_create(
            every=int(schedule.every.total_seconds()), period=IntervalSchedule.SECONDS
        )
    else:
        minute, hour, day, month, weekday = schedule.at.split()
        values["crontab"], _new = CrontabSchedule.objects.get_or_create(
            minute=minute,
            hour=hour,
            day_of_month=day,
            month_of_year=month,
            day_of_week=weekday,
            timezone=settings.TIME_ZONE,
        )
    return values
