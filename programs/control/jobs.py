"""The job that makes control reports."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ministry.jobs import Chunk, JobKind, register
from ministry.models import Job
from programs.services import control


@register
class MakeControlReport(JobKind):
    """Counts a cycle against the last approved month."""

    code = control.JOB_KIND
    label = _("Making a control report")
    permission = "programs.view_paymentcycle"

    def plan(self, job: Job) -> Iterable[Chunk]:
        yield Chunk(payload={})

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int]:
        report = control.make_control_report(cycle_id=job.params["cycle"], actor=job.started_by)
        return {"payments": report.lines} if report else {}

    def result_url(self, job: Job) -> str:
        return reverse("programs:control_report", args=[job.params["cycle"]])
