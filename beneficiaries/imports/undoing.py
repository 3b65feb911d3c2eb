"""Entered rows out of the registry again: what stands in the way, and the taking out. Sets, in SQL.

What the models protect depends on a row: a decision, an enrolment, a payment of a later app is found by its foreign
key, whatever app it belongs to. What dies with its household by itself (dwelling, facts) and what the import or the
machine wrote (members, identifiers, open pairs, scores) goes out with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.utils.translation import gettext as _

from beneficiaries.models import (
    Disability,
    DuplicatePair,
    Dwelling,
    Household,
    Identifier,
    ImportBatch,
    Individual,
    Membership,
    Score,
)

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# Rows an import or the machine writes; pairs on which people decided are asked about on their own.
_OWN: tuple[type[models.Model], ...] = (Dwelling, Membership, Identifier, Disability, Score, DuplicatePair)

# Rows of the batch that somebody changed after they were entered: every change leaves the former version.
_CHANGED = """
    SELECT count(*) FROM (
        SELECT v.table_name, v.row_id FROM ministry_rowversion v
        JOIN beneficiaries_household h ON h.id = v.row_id AND h.import_batch_id = %(batch)s
        WHERE v.table_name IN ('beneficiaries_household', 'beneficiaries_dwelling')
        UNION
        SELECT v.table_name, v.row_id FROM ministry_rowversion v
        JOIN beneficiaries_individual i ON i.id = v.row_id AND i.import_batch_id = %(batch)s
        WHERE v.table_name = 'beneficiaries_individual'
        UNION
        SELECT v.table_name, v.row_id FROM ministry_rowversion v
        JOIN beneficiaries_membership m ON m.id = v.row_id
        JOIN beneficiaries_individual i ON i.id = m.individual_id AND i.import_batch_id = %(batch)s
        WHERE v.table_name = 'beneficiaries_membership'
        UNION
        SELECT v.table_name, v.row_id FROM ministry_rowversion v
        JOIN beneficiaries_identifier n ON n.id = v.row_id
        JOIN beneficiaries_individual i ON i.id = n.individual_id AND i.import_batch_id = %(batch)s
        WHERE v.table_name = 'beneficiaries_identifier'
    ) changed
"""
# People of elsewhere in the batch's households, and people of the batch who have moved since.
_JOINED = """
    SELECT count(*) FROM beneficiaries_membership m
    JOIN beneficiaries_household h ON h.id = m.household_id
    JOIN beneficiaries_individual i ON i.id = m.individual_id
    WHERE h.import_batch_id = %(batch)s AND i.import_batch_id IS DISTINCT FROM %(batch)s
"""
_LOCK = """
    SELECT count(*) FROM (
        SELECT FROM beneficiaries_household WHERE import_batch_id = %(batch)s ORDER BY id FOR UPDATE) h
    UNION ALL
    SELECT count(*) FROM (
        SELECT FROM beneficiaries_individual WHERE import_batch_id = %(batch)s ORDER BY id FOR UPDATE) i
"""


@dataclass(frozen=True)
class Dependant:
    """A kind of record that depends on rows of an import, and how many there are."""

    label: "str | _StrPromise"
    count: int


def dependants(*, batch: ImportBatch) -> list[Dependant]:
    """Return what depends on the rows of an entered batch; nothing where it can be undone."""
    found: dict[Any, int] = {}
    for relation in _relations():
        if relation.on_delete in (models.CASCADE, models.SET_NULL) or relation.related_model in _OWN:
            continue
        rows = relation.related_model._base_manager.filter(_of(relation, batch)).order_by()
        if count := rows.count():
            label = relation.related_model._meta.verbose_name_plural
            found[label] = found.get(label, 0) + count
    decided = DuplicatePair.objects.filter(_pairs_of(batch)).exclude(status=DuplicatePair.Status.OPEN).count()
    params = {"batch": batch.pk}
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, params)
        (changed,) = cursor.fetchone()
        cursor.execute(_JOINED, params)
        (joined,) = cursor.fetchone()
    others = (
        (_("records changed since they were entered"), changed),
        (_("people from elsewhere who joined these households"), joined),
        (_("possible duplicates that were decided on"), decided),
    )
    return [Dependant(label, count) for label, count in (*found.items(), *others) if count]


def lock_rows(*, batch: ImportBatch) -> None:
    """Keep everybody else from referring to the batch's rows or changing them until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"batch": batch.pk})


def other_households(*, batch: ImportBatch) -> list[int]:
    """Return the households that stood in the registry before and got people from this batch."""
    members = Membership.objects.filter(individual__import_batch=batch).exclude(household__import_batch=batch)
    return sorted(set(members.values_list("household_id", flat=True)))


def take_out(*, batch: ImportBatch) -> dict[str, int]:
    """Delete the rows of a batch and return how many; their last versions stay in the row history."""
    DuplicatePair.objects.filter(_pairs_of(batch)).delete()
    for model in (Membership, Identifier, Disability):
        _delete(model.objects.filter(individual__import_batch=batch))
    _delete(Score.objects.filter(household__import_batch=batch))
    for relation in _relations():
        rows = relation.related_model._base_manager.filter(_of(relation, batch))
        if relation.on_delete is models.CASCADE:
            _delete(rows)
        elif relation.on_delete is models.SET_NULL:
            rows.update(**{relation.field.name: None})
    return {
        "individuals": _delete(Individual.objects.filter(import_batch=batch)),
        "households": _delete(Household.objects.filter(import_batch=batch)),
    }


def _relations() -> Iterator[Any]:
    """Return every foreign key to households and people, of whatever app."""
    for model in (Household, Individual):
        for field in model._meta.get_fields(include_hidden=True):
            if (field.one_to_many or field.one_to_one) and field.auto_created and not field.concrete:
                yield field


def _of(relation: Any, batch: ImportBatch) -> models.Q:
    return models.Q(**{f"{relation.field.name}__import_batch": batch})


def _pairs_of(batch: ImportBatch) -> models.Q:
    return models.Q(individual_a__import_batch=batch) | models.Q(individual_b__import_batch=batch)


def _delete(rows: "models.QuerySet[Any]") -> int:
    """Delete rows in one statement, without reading them; the database's own constraints stand guard."""
    return rows.order_by()._raw_delete(rows.db)
