"""The eligibility check as a job, and its nightly start."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import structlog
from celery import shared_task
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from ministry import jobs
from ministry.exceptions import DomainError
from ministry.models import Job
from programs.eligibility import storage
from programs.eligibility.compiler import Keys
from programs.eligibility.sweep import STEP, key_ranges, registry_size
from programs.models import EligibilityRun, Program, ProgramVersion
from programs.services.eligibility import (
    JOB_KIND,
    complete_run,
    decide_range,
    drop_old_runs,
    open_run,
    start_eligibility_check,
)
from programs.services.eligibility_changes import record_changes

log = structlog.get_logger(__name__)

_DECIDING = gettext_noop("Deciding about the households")
_KEYS = gettext_noop("Adding and checking the keys")
_COUNTING = gettext_noop("Counting")
_COMPARING = gettext_noop("Comparing with the check before")


@jobs.register
class EligibilityCheck(jobs.JobKind):
    """Sweeps one version over the registry: ranges of households, then keys, then the run becomes visible at once."""

    code = JOB_KIND
    label = _("Eligibility check")
    permission = "programs.view_eligibilityrun"

    def plan(self, job: Job) -> Iterator[jobs.Chunk]:
        version = ProgramVersion.objects.select_related("program").get(pk=job.params["version"])
        on_date = dt.date.fromisoformat(job.params["on_date"])
        run = open_run(version=version, on_date=on_date, job=job)
        households = registry_size()
        for keys in key_ranges():
            weight = min(STEP, households)
            yield jobs.Chunk({"run": run.pk, "start": keys.start, "end": keys.end}, weight, _DECIDING)
        # Three short transactions: each takes another lock, and none holds one while rows are checked.
        yield jobs.Chunk({"run": run.pk, "do": "add_keys"}, 1, _KEYS)
        yield jobs.Chunk({"run": run.pk, "do": "check_keys"}, 1, _KEYS)
        yield jobs.Chunk({"run": run.pk, "do": "complete"}, 1, _COUNTING)
        yield jobs.Chunk({"run": run.pk, "do": "changes"}, 1, _COMPARING)

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int] | None:
        run = EligibilityRun.objects.select_related("version").get(pk=payload["run"])
        match payload.get("do"):
            case "add_keys":
                storage.add_keys(run.pk)
            case "check_keys":
                storage.check_keys(run.pk)
            case "complete":
                run = complete_run(run=run)
                return {
                    "eligible": run.eligible,
                    "not_eligible": run.not_eligible,
                    "needs_information": run.needs_information,
                }
            case "changes":
                return {"changed": record_changes(run=run)}
            case _other:
                return {"households": decide_range(run=run, keys=Keys(payload["start"], payload["end"]))}
        return None

    def result_url(self, job: Job) -> str:
        run = EligibilityRun.objects.filter(job=job).select_related("version__program").first()
        return reverse("programs:run_detail", args=[run.version.program.code, run.pk]) if run else ""


@shared_task
def check_eligibility_nightly() -> int:
    """Start a check of every programme in use that has a version in force today, and drop old runs.

    A programme whose check is still under way is left alone. Returns how many checks were started.
    """
    started = 0
    today = timezone.localdate()
    for program in Program.objects.filter(is_active=True):
        if not ProgramVersion.objects.filter(program=program).in_force(today).exists():
            continue
        try:
            start_eligibility_check(program=program, actor=None, on_date=today)
            started += 1
        except DomainError as error:
            # Under way already, or rules that no longer compile: the programme's page shows which.
            log.warning("nightly_check_not_started", program=program.code, reason=error.message)
    drop_old_runs()
    return started
