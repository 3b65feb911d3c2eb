"""Saying which column of an office's own files is what, before they are read; kept under a name on request."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import ColumnMapping, ImportBatch
from beneficiaries.queries.import_columns import fits
from beneficiaries.services.imports import start_check
from beneficiaries.workflows import IMPORT_BATCH
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import User


@transaction.atomic
def name_columns(
    *, batch: ImportBatch, actor: User, layouts: Mapping[str, Mapping[str, Any]], name: str = ""
) -> ImportBatch:
    """Note which column of each file is what; `name` keeps the answer to be used again, in place of a former one.

    Raises:
        PermissionDenied: the actor may not import into this area.
        TransitionNotAllowed: the files are being read already.
        RuleViolation: a column that every row needs is in neither file.
    """
    batch = _locked(batch, actor)
    mapping = {file: dict(layout) for file, layout in layouts.items()}
    if not fits(batch, mapping):
        raise RuleViolation(_("The files have changed or lack these columns. Open this page anew and choose again."))
    batch.mapping = mapping
    if name:
        batch.column_mapping = _keep(name, mapping, actor)
    batch.save(update_fields=["mapping", "column_mapping"])
    return batch


@transaction.atomic
def name_values(
    *, batch: ImportBatch, actor: User, values: Mapping[str, Mapping[str, Mapping[str, str]]], tell_worker: bool = True
) -> ImportBatch:
    """Note what the words in columns with codes mean (file → column → word → code), and have the files checked.

    Raises:
        PermissionDenied: the actor may not import into this area.
        TransitionNotAllowed: the files are being read already.
        RuleViolation: nobody has said which column is what.
    """
    batch = _locked(batch, actor)
    if not fits(batch, batch.mapping):
        raise RuleViolation(_("Say first which column is what."))
    for file, columns in values.items():
        kept = batch.mapping[file].setdefault("values", {})
        for column, words in columns.items():
            kept[column] = kept.get(column, {}) | dict(words)
    if batch.column_mapping:
        batch.column_mapping = _keep(batch.column_mapping.name, batch.mapping, actor)
    batch.status = ImportBatch.Status.UPLOADED
    batch.save(update_fields=["mapping", "column_mapping", "status"])
    return start_check(batch=batch, actor=actor, tell_worker=tell_worker)


def _locked(batch: ImportBatch, actor: User) -> ImportBatch:
    batch = (
        ImportBatch.objects.select_for_update(of=("self",))
        .select_related("area", "column_mapping", "households_file", "individuals_file")
        .get(pk=batch.pk)
    )
    IMPORT_BATCH.check("name_columns", status=batch.status, actor=actor, area=batch.area)
    return batch


def _keep(name: str, layout: Mapping[str, Any], actor: User) -> ColumnMapping:
    kept, is_new = ColumnMapping.objects.select_for_update().get_or_create(
        name=name, defaults={"layout": layout, "saved_by": actor}
    )
    if not is_new and kept.layout != layout:
        kept.layout, kept.saved_by, kept.saved_at = dict(layout), actor, timezone.now()
        kept.save(update_fields=["layout", "saved_by", "saved_at"])
    audit.record(actor=actor, action="column_mapping.added" if is_new else "column_mapping.changed", target=kept)
    return kept
