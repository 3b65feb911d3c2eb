"""Closing a period as a job: one range of enrolments after the other, each safe to repeat."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ministry.jobs import Chunk, JobKind, register
from ministry.models import Job
from programs.compliance.steps import CHUNK, ranges
from programs.models import CompliancePeriod
from programs.services.compliance import periods


@register
class CloseCompliancePeriod(JobKind):
    """Writes findings and steps of a period."""

    code = periods.JOB_KIND
    label = _("Closing a period of conditions")
    permission = "programs.view_complianceperiod"
    # Misses would be counted for some households and not for others.
    can_cancel = False
    result_labels = {"records": _("findings"), "steps": _("steps")}

    def plan(self, job: Job) -> Iterable[Chunk]:
        period = CompliancePeriod.objects.get(pk=job.params["period"])
        for low, high, enrolments in ranges(period, CHUNK):
            yield Chunk(payload={"low": low, "high": high}, weight=max(enrolments, 1))

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int]:
        return periods.write_range(period_id=job.params["period"], low=payload["low"], high=payload["high"])

    def finish(self, job: Job) -> None:
        periods.finish_closing(period_id=job.params["period"])

    def result_url(self, job: Job) -> str:
        return reverse("programs:compliance_period", args=[job.params["period"]])
