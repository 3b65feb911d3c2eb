"""Kinds of jobs made for tests; workers started by tests import them too."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ministry.exceptions import RuleViolation
from ministry.jobs import Chunk, JobKind, register
from ministry.models import Area, AreaFigure, Job


@register
class Counting(JobKind):
    """Writes one area figure per step. `params`: steps, seconds (per step), fail_at, error, area."""

    code = "test.counting"
    label = "Counting"

    def plan(self, job: Job) -> Iterable[Chunk]:
        return [Chunk({"step": step}, weight=10, phase="Counting") for step in range(job.params["steps"])]

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int]:
        step = payload["step"]
        AreaFigure.objects.create(
            area_id=job.params["area"], kind="population", period=f"{job.pk}-{step}", value=step, source="test"
        )
        time.sleep(job.params.get("seconds", 0))
        trouble = job.params.get("trouble")
        if trouble and step == job.params["fail_at"] and Path(trouble).exists():
            raise {"rule": RuleViolation("Step refused."), "bug": KeyError("secret name")}[job.params["error"]]
        return {"written": 1}

    def finish(self, job: Job) -> None:
        job.result["area"] = job.params["area"]

    def stopped(self, job: Job) -> None:
        job.result["stopped"] = True


@register
class Growing(JobKind):
    """Its first step adds three further ones."""

    code = "test.growing"
    label = "Growing"
    can_cancel = False

    def plan(self, job: Job) -> Iterable[Chunk]:
        return (Chunk({"grow": grow}) for grow in [True])

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int] | list[Chunk]:
        return [Chunk({"grow": False}, weight=5)] * 3 if payload["grow"] else {"leaves": 1}


def figures(job: Job) -> list[int]:
    """Return the steps whose effect is in the database, each as often as it is there."""
    return [
        int(value)
        for value in AreaFigure.objects.filter(period__startswith=f"{job.pk}-")
        .order_by("value")
        .values_list("value", flat=True)
    ]


def counting(area: Area, *, steps: int = 5, **params: Any) -> dict[str, Any]:
    """Return the parameters of a counting job."""
    return {"steps": steps, "area": area.pk, **params}
