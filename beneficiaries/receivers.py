"""Which announcements start which work."""

import contextlib
from typing import Any

from django.dispatch import receiver

from beneficiaries.models import ScoringModel
from beneficiaries.services.facts import start_facts_refresh
from beneficiaries.services.scores import start_scoring
from beneficiaries.signals import register_imported, scoring_model_approved
from ministry.jobs import JobAlreadyActive


@receiver(register_imported, dispatch_uid="beneficiaries.refresh_facts_of_import")
def refresh_facts_of_import(*, batch_id: int, **kwargs: Any) -> None:
    """Compute the facts of the households an import has entered."""
    with contextlib.suppress(JobAlreadyActive):
        start_facts_refresh(batch_id=batch_id)


@receiver(scoring_model_approved, dispatch_uid="beneficiaries.score_all_households")
def score_all_households(*, model_id: int, **kwargs: Any) -> None:
    """Score every household by a model that has just been put in force."""
    with contextlib.suppress(JobAlreadyActive):
        start_scoring(model=ScoringModel.objects.get(pk=model_id), actor=None)
