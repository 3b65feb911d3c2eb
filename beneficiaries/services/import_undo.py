"""Undoing an entered import as a whole: one person asks, another decides, and nothing may depend on it."""

from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.imports import undoing
from beneficiaries.imports.undoing import Dependant, dependants
from beneficiaries.models import ImportBatch
from beneficiaries.services.facts import refresh_facts
from beneficiaries.signals import register_undone
from beneficiaries.workflows import IMPORT_BATCH
from ministry import audit, formats, jobs
from ministry.exceptions import RuleViolation
from ministry.models import User

UNDO_JOB = "import_undo"


@transaction.atomic
def ask_undo(*, batch: ImportBatch, actor: User, reason: str) -> ImportBatch:
    """Ask that everything an import entered be taken out again.

    Raises:
        PermissionDenied: the actor may not enter imports in this area.
        TransitionNotAllowed: the import is not entered, or somebody asked already.
        RuleViolation: something depends on its rows; the message says what.
    """
    batch = _locked(batch)
    transition = IMPORT_BATCH.check("ask_undo", status=batch.status, actor=actor, area=batch.area)
    _refuse_where_used(batch)
    batch.status = transition.target
    batch.undo_asked_by, batch.undo_asked_at, batch.undo_reason = actor, timezone.now(), reason
    batch.save(update_fields=["status", "undo_asked_by", "undo_asked_at", "undo_reason"])
    audit.record(actor=actor, action="import.undo_asked", target=batch, note=reason)
    return batch


@transaction.atomic
def decline_undo(*, batch: ImportBatch, actor: User) -> ImportBatch:
    """Leave an import as it is although somebody asked to undo it; whoever asked may take it back like this too.

    Raises:
        PermissionDenied: the actor may not enter imports in this area.
        TransitionNotAllowed: nobody asks, or it is being undone.
    """
    batch = _locked(batch)
    transition = IMPORT_BATCH.check("keep", status=batch.status, actor=actor, area=batch.area)
    batch.status = transition.target
    batch.undo_asked_by, batch.undo_asked_at, batch.undo_reason = None, None, ""
    batch.save(update_fields=["status", "undo_asked_by", "undo_asked_at", "undo_reason"])
    audit.record(actor=actor, action="import.undo_declined", target=batch)
    return batch


@transaction.atomic
def undo_import(*, batch: ImportBatch, actor: User, tell_worker: bool = True) -> ImportBatch:
    """Agree to an undoing somebody else asked for, and have it done.

    Raises:
        PermissionDenied: the actor may not enter imports in this area.
        TransitionNotAllowed: nobody asks, or it is being undone.
        RuleViolation: the actor asked for it, or something depends on its rows by now.
    """
    batch = _locked(batch)
    transition = IMPORT_BATCH.check("undo", status=batch.status, actor=actor, area=batch.area)
    if actor.pk == batch.undo_asked_by_id:
        raise RuleViolation(_("You asked for this yourself. Another person has to agree."))
    _refuse_where_used(batch)
    batch.status = transition.target
    batch.undone_by = actor
    batch.job = jobs.start(
        kind=UNDO_JOB,
        scope=f"import:{batch.pk}",
        params={"batch_id": batch.pk},
        actor=actor,
        tell_worker=tell_worker,
    )
    batch.save(update_fields=["status", "undone_by", "job"])
    audit.record(actor=actor, action="import.undo_started", target=batch)
    return batch


def take_out_rows(*, batch_id: int) -> dict[str, int]:
    """Take the rows out: the job's one step, wholly or not at all. Done again, it finds nothing left.

    Raises:
        RuleViolation: something came to depend on the rows meanwhile.
    """
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    if batch.status != ImportBatch.Status.UNDOING:
        return {}
    undoing.lock_rows(batch=batch)
    _refuse_where_used(batch)
    others = undoing.other_households(batch=batch)
    counts = undoing.take_out(batch=batch)
    refresh_facts(others)
    return counts


@transaction.atomic
def conclude_undo(*, batch_id: int, counts: dict[str, int]) -> None:
    """Close an undone batch and announce it."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    if batch.status != ImportBatch.Status.UNDOING:
        return
    batch.status = ImportBatch.Status.UNDONE
    batch.undone_at = timezone.now()
    batch.summary = batch.summary | {"undone": dict(counts)}
    batch.save(update_fields=["status", "undone_at", "summary"])
    audit.record(actor=batch.undone_by, action="import.undone", target=batch, data=dict(counts))
    transaction.on_commit(partial(register_undone.send_robust, ImportBatch, batch_id=batch.pk))


def abandon_undo(*, batch_id: int) -> None:
    """Put a batch whose undoing was refused back to where it was; its rows are all still there."""
    ImportBatch.objects.filter(pk=batch_id, status=ImportBatch.Status.UNDOING).update(
        status=ImportBatch.Status.COMMITTED,
        undone_by=None,
        undo_asked_by=None,
        undo_asked_at=None,
        undo_reason="",
    )


def _locked(batch: ImportBatch) -> ImportBatch:
    return ImportBatch.objects.select_for_update(of=("self",)).select_related("area").get(pk=batch.pk)


def _refuse_where_used(batch: ImportBatch) -> None:
    if found := dependants(batch=batch):
        raise RuleViolation(
            _("This import cannot be undone, for something depends on its rows: {what}.").format(what=list_of(found))
        )


def list_of(found: list[Dependant]) -> str:
    """Return dependants in one line, in the active language: kind and number of each."""
    return _("; ").join(_("{kind}: {count}").format(kind=one.label, count=formats.number(one.count)) for one in found)
