"""A comparison as a job."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from ministry import jobs
from ministry.models import Job
from programs.models import WhatIf
from programs.services.what_if import JOB_KIND, complete_facts, work_out

_FACTS = gettext_noop("Working out what is known")
_COMPARING = gettext_noop("Comparing")


@jobs.register
class Comparison(jobs.JobKind):
    """Completes the facts, then asks both rule sets about everybody in one statement."""

    code = JOB_KIND
    label = _("Comparison of rules")
    permission = "programs.view_programversion"

    def plan(self, job: Job) -> Iterator[jobs.Chunk]:
        yield jobs.Chunk({"do": "facts"}, 1, _FACTS)
        yield jobs.Chunk({"do": "compare"}, 4, _COMPARING)

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int]:
        if payload["do"] == "facts":
            return {"facts": complete_facts()}
        return {"households": work_out(what_if=WhatIf.objects.get(pk=job.params["what_if"]))}

    def result_url(self, job: Job) -> str:
        what_if = WhatIf.objects.select_related("program", "version").filter(pk=job.params["what_if"]).first()
        return what_if.get_absolute_url() if what_if else ""
