"""The sweep for people who are in the register twice, in the background."""

from collections.abc import Iterator
from typing import Any

from celery import shared_task
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from beneficiaries.services import duplicate_sweeps as services
from beneficiaries.services.duplicate_notices import tell_of_strong_pairs as tell
from ministry.jobs import Chunk, JobKind, register, register_schedule
from ministry.models import Job

_COMPARING = gettext_noop("Comparing people")
_ENTERING = gettext_noop("Entering the pairs found")


@register
class DuplicateSweep(JobKind):
    """What has changed, every night; the whole register, every week."""

    code = services.JOB_KIND
    label = _("Search for people registered twice")
    permission = "beneficiaries.view_duplicatepair"
    result_labels = {
        "compared": _("Pairs compared"),
        "found": _("Pairs that may be one person"),
        "new": _("New pairs"),
        "changed": _("Pairs about which something is new"),
        "withdrawn": _("Pairs that no longer look alike"),
    }

    def plan(self, job: Job) -> Iterator[Chunk]:
        _run, parts = services.open_run(job=job)
        for part in range(parts):
            yield Chunk({"part": part, "parts": parts}, weight=4, phase=_COMPARING)
        yield Chunk({"step": "enter"}, phase=_ENTERING)

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int]:
        if payload.get("step") == "enter":
            return services.enter_findings(job_id=job.pk)
        return services.compare_part(job_id=job.pk, part=payload["part"], parts=payload["parts"])

    def finish(self, job: Job) -> None:
        services.conclude_sweep(job_id=job.pk)

    def result_url(self, job: Job) -> str:
        return reverse("beneficiaries:duplicate_list")


@shared_task
def tell_of_strong_pairs() -> int:
    """Tell caseworkers of strong pairs they do not know of yet; return how many people were told."""
    return len(tell())


@shared_task
def sweep_what_is_new() -> None:
    """Look whether people were entered since the last sweep, and start one."""
    services.sweep_what_is_new()


register_schedule(
    "sweep_for_duplicates_of_new_people", "beneficiaries.tasks.duplicates.sweep_what_is_new", at="*/10 * * * *"
)
