"""Refreshing facts and scores in the background, range of households by range."""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from beneficiaries.models import ImportBatch
from beneficiaries.services import facts as services
from beneficiaries.signals import facts_refreshed
from ministry.jobs import Chunk, JobKind, register
from ministry.models import Job


@register
class FactsRefresh(JobKind):
    """All households, every night; the households of an import, right after it."""

    code = services.JOB_KIND
    label = _("Refresh of household facts")
    permission = "beneficiaries.view_householdfacts"

    def plan(self, job: Job) -> Iterator[Chunk]:
        # The day is fixed here: a job that runs past midnight treats every household alike.
        on_date = timezone.localdate().isoformat()
        batch_id = job.params.get("batch_id")
        batch = ImportBatch.objects.get(pk=batch_id) if batch_id else None
        for first_id, last_id in services.key_ranges(batch=batch):
            yield Chunk(
                payload={"first_id": first_id, "last_id": last_id, "on_date": on_date}, weight=last_id - first_id + 1
            )

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int]:
        changed = services.refresh_facts_between(
            payload["first_id"], payload["last_id"], dt.date.fromisoformat(payload["on_date"])
        )
        return {"changed": changed}

    def finish(self, job: Job) -> None:
        transaction.on_commit(partial(facts_refreshed.send_robust, Job, job_id=job.pk))
