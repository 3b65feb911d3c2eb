"""Scoring all households by one model in the background, range by range."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from beneficiaries.facts.statement import Scope
from beneficiaries.models import ScoringModel
from beneficiaries.services import scores as services
from beneficiaries.services.facts import key_ranges
from ministry.jobs import Chunk, JobKind, register
from ministry.models import Job


@register
class ScoreSweep(JobKind):
    """A model that has just been put in force, or a draft somebody wants to look at."""

    code = services.JOB_KIND
    label = _("Scoring of all households")
    permission = "beneficiaries.view_scoringmodel"

    def plan(self, job: Job) -> Iterator[Chunk]:
        for first_id, last_id in key_ranges():
            yield Chunk(payload={"first_id": first_id, "last_id": last_id}, weight=last_id - first_id + 1)

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int]:
        model = ScoringModel.objects.get(pk=job.params["model_id"])
        scope = Scope(first_id=payload["first_id"], last_id=payload["last_id"])
        return {"changed": services.score_scope(model, scope)}
