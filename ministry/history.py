"""What a row held over time, from the versions the triggers keep (`ministry.guards.keep_history`)."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from ministry import formats
from ministry.models import RowVersion, User


@dataclass(frozen=True)
class FieldChange:
    """One field's old and new content, as stored and in the reader's words."""

    name: str
    label: str
    old: Any
    new: Any
    old_text: str
    new_text: str


@dataclass(frozen=True)
class Change:
    """One change of a row: when, by whom (None: the system, or nobody signed in), and what.

    `deleted` rows have no new content.
    """

    at: dt.datetime
    actor: User | None
    changes: tuple[FieldChange, ...]
    deleted: bool = False


def history_of(instance: models.Model, *, limit: int = 100, hidden: Iterable[str] = ()) -> list[Change]:
    """Return the changes of one row, newest first; empty for a row as it was entered.

    Fields named in `hidden` are said to have changed without their content. Four statements at most besides one for
    each kind of related record.
    """
    return history_of_key(type(instance), instance.pk, limit=limit, hidden=hidden)


def history_of_key(
    model: type[models.Model], key: int, *, limit: int = 100, hidden: Iterable[str] = ()
) -> list[Change]:
    """Like `history_of`, also for a row that is gone."""
    versions = list(
        RowVersion.objects.filter(table_name=model._meta.db_table, row_id=key).order_by("-changed_at", "-id")[:limit]
    )
    if not versions:
        return []
    # What each version was replaced by: the version after it, or what the row holds today.
    newer: list[dict[str, Any] | None] = [_current(model, key), *(version.row for version in versions[:-1])]
    pairs = [
        (version, None if version.operation == "D" else after) for version, after in zip(versions, newer, strict=True)
    ]
    fields = {str(field.column): field for field in model._meta.concrete_fields}
    names = _names(fields, pairs)
    people = User.objects.in_bulk({version.actor_id for version in versions if version.actor_id})
    hidden = set(hidden)
    return [
        Change(
            at=version.changed_at,
            actor=people.get(version.actor_id),
            changes=tuple(_differences(fields, version.row, after, names, hidden)),
            deleted=version.operation == "D",
        )
        for version, after in pairs
    ]


def _current(model: type[models.Model], key: int) -> dict[str, Any] | None:
    """Return the row as the triggers would store it now."""
    table, column = (connection.ops.quote_name(str(name)) for name in (model._meta.db_table, model._meta.pk.column))
    with connection.cursor() as cursor:
        # Names come from the model, never from a request.
        cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t WHERE {column} = %s", [key])  # noqa: S608
        found = cursor.fetchone()
    return json.loads(found[0]) if found else None


def _differences(
    fields: dict[str, models.Field],
    before: dict[str, Any],
    after: dict[str, Any] | None,
    names: dict[tuple[str, Any], str],
    hidden: set[str],
) -> Iterable[FieldChange]:
    if after is None:
        return
    for column, field in fields.items():
        # A version older than the column does not know it.
        if column not in before or before[column] == after.get(column):
            continue
        old, new = before[column], after.get(column)
        is_hidden = field.name in hidden
        yield FieldChange(
            name=field.name,
            label=str(field.verbose_name),
            old=None if is_hidden else old,
            new=None if is_hidden else new,
            old_text=_("(not shown)") if is_hidden else value_in_words(field, old, names),
            new_text=_("(not shown)") if is_hidden else value_in_words(field, new, names),
        )


def _names(
    fields: dict[str, models.Field], pairs: list[tuple[RowVersion, dict[str, Any] | None]]
) -> dict[tuple[str, Any], str]:
    """Return what the related records are called that the changed foreign keys point to."""
    wanted: dict[str, set[Any]] = defaultdict(set)
    for version, after in pairs:
        for column, field in fields.items():
            if after is not None and field.is_relation and version.row.get(column) != after.get(column):
                wanted[column] |= {version.row.get(column), after.get(column)} - {None}
    return {
        (column, key): str(record)
        for column, keys in wanted.items()
        for key, record in cast(type[models.Model], fields[column].related_model)._base_manager.in_bulk(keys).items()
    }


def value_in_words(field: models.Field, value: Any, names: dict[tuple[str, Any], str]) -> str:
    """Return a stored value as a person reads it; `names` says what related records are called, by column and key."""
    if value is None or value == "":
        return "—"
    if field.is_relation:
        return names.get((str(field.column), value), f"#{value}")
    if field.choices:
        label = dict(field.flatchoices).get(value, value)
        return str(label) if isinstance(label, Promise | str) else str(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    python = field.to_python(value) if isinstance(field, models.DateField) else value
    if isinstance(python, dt.datetime):
        return formats.moment(python)
    if isinstance(python, dt.date):
        return formats.day(python)
    if isinstance(value, list):
        return "، ".join(map(str, value)) if value else "—"
    if isinstance(value, dict):
        return DjangoJSONEncoder(ensure_ascii=False).encode(value)
    return str(value)
