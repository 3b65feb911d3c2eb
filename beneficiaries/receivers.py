"""Which announcements start which work."""

import contextlib
import datetime as dt
from typing import Any

from django.dispatch import receiver

from beneficiaries.models import Merge, ScoringModel
from beneficiaries.services.duplicate_sweeps import sweep_what_is_new
from beneficiaries.services.facts import refresh_facts, start_facts_refresh
from beneficiaries.services.recertification import plan_recertifications
from beneficiaries.services.scores import start_scoring
from beneficiaries.signals import (
    duplicates_swept,
    people_merged,
    people_parted,
    register_imported,
    registration_submitted,
    scoring_model_approved,
)
from beneficiaries.tasks.duplicate_money import refresh_money_at_stake
from beneficiaries.tasks.duplicates import tell_of_strong_pairs
from ministry.jobs import JobAlreadyActive


@receiver(register_imported, dispatch_uid="beneficiaries.refresh_facts_of_import")
def refresh_facts_of_import(*, batch_id: int, **kwargs: Any) -> None:
    """Compute the facts of the households an import has entered."""
    with contextlib.suppress(JobAlreadyActive):
        start_facts_refresh(batch_id=batch_id)


@receiver(register_imported, dispatch_uid="beneficiaries.plan_recertification_of_import")
def plan_recertification_of_import(*, batch_id: int, **kwargs: Any) -> None:
    """Give the households an import has entered the day by which they are visited again, in one statement."""
    plan_recertifications()


@receiver(scoring_model_approved, dispatch_uid="beneficiaries.score_all_households")
def score_all_households(*, model_id: int, **kwargs: Any) -> None:
    """Score every household by a model that has just been put in force."""
    with contextlib.suppress(JobAlreadyActive):
        start_scoring(model=ScoringModel.objects.get(pk=model_id), actor=None)


@receiver(register_imported, dispatch_uid="beneficiaries.weigh_duplicates_of_import")
def weigh_duplicates_of_import(*, batch_id: int, **kwargs: Any) -> None:
    """Have the money at stake computed for pairs an import has brought; the nightly run makes up for a failure."""
    refresh_money_at_stake.apply_async(retry=False)


@receiver([people_merged, people_parted], dispatch_uid="beneficiaries.refresh_facts_of_merge")
def refresh_facts_of_merge(*, merge_id: int, **kwargs: Any) -> None:
    """Compute the facts of the one or two households anew; the nightly run makes up for a failure here."""
    merge = Merge.objects.get(pk=merge_id)
    refresh_facts([pk for pk in (merge.kept_household_id, merge.closed_household_id) if pk is not None])


@receiver(register_imported, dispatch_uid="beneficiaries.sweep_import_for_duplicates")
def sweep_import_for_duplicates(*, batch_id: int, **kwargs: Any) -> None:
    """Compare the people of an import with everybody; where a sweep is under way the clock starts the next."""
    sweep_what_is_new(patience=dt.timedelta(0))


@receiver(registration_submitted, dispatch_uid="beneficiaries.sweep_registration_for_duplicates")
def sweep_registration_for_duplicates(sender: Any, **kwargs: Any) -> None:
    """Compare newly registered people with everybody, soon: ten registrations are one sweep."""
    sweep_what_is_new()


@receiver(duplicates_swept, dispatch_uid="beneficiaries.tell_of_strong_pairs")
def tell_of_pairs_found(*, run_id: int, **kwargs: Any) -> None:
    """Have the caseworkers of both households told; the next sweep makes up for a queue that was down."""
    tell_of_strong_pairs.apply_async(retry=False)
