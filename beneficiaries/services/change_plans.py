"""What a change does, field by field, read off the database: applied inside a savepoint, looked at, taken back.

The page of a request, its submission, its approval and its record all come from here, so that nobody can approve one
thing and have another written.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Q

from beneficiaries.changes import Deed, Touched, kind_of
from beneficiaries.models import (
    ChangeLine,
    ChangeRequest,
    Disability,
    Household,
    Identifier,
    Individual,
    Membership,
)
from ministry.certain import certain, declared_as

T = TypeVar("T")
# Rows by (record, key), each as {field: plain value}.
Rows = dict[tuple[str, int], dict[str, Any]]

# What is not said but made of what is said, or tells only how the row came about.
_LEFT_OUT = frozenset(
    {
        "id",
        "phone_key",
        "name_key",
        "name_skeletons",
        "mother_key",
        "value_key",
        "is_well_formed",
        "import_batch",
        "created_at",
    }
)
# Given out anew each time the change is tried.
_NUMBERED = frozenset({"household_ref", "person_ref"})
# The order in which people read them.
_WATCHED: tuple[type[models.Model], ...] = (Household, Individual, Membership, Identifier, Disability)
_RECORDS = {model._meta.label_lower: model for model in _WATCHED}
# Stands for the key of a row that the change makes.
NEW = "new"


@dataclass(frozen=True)
class Line:
    """One field that changes. `number` tells the new rows of one change apart; it is 0 for rows that exist."""

    record: str
    row_id: int | None
    number: int
    about: str
    individual_id: int | None
    field: str
    old: Any
    new: Any

    @property
    def place(self) -> tuple[str, int | None, int, str]:
        """Where the field is."""
        return (self.record, self.row_id, self.number, self.field)

    @property
    def model_field(self) -> models.Field:
        """The field itself, for its name and its words."""
        return declared_as(models.Field, _RECORDS[self.record]._meta.get_field(self.field))


@dataclass(frozen=True)
class Difference:
    """What the register holds now against what the request was written on."""

    planned: Line | None
    now: Line | None


class _TakeBack(Exception):
    """Ends a savepoint whose writes must not stay."""


def as_if_applied(request: ChangeRequest, look: Callable[[Touched], T]) -> T:
    """Apply a request, look, and take everything back; return what was seen.

    Raises:
        RuleViolation: the register does not allow the change.
    """
    seen: list[T] = []
    try:
        with transaction.atomic():
            seen.append(look(carry_out(request)))
            raise _TakeBack
    except _TakeBack:
        pass
    return seen[0]


def carry_out(request: ChangeRequest) -> Touched:
    """Write what a request asks for.

    Raises:
        RuleViolation: the register does not allow the change.
    """
    household = Household.objects.get(pk=request.household_id)
    return kind_of(request).apply(Deed(household, request.answers, request.effective_on))


def plan(request: ChangeRequest) -> list[Line]:
    """Return the fields a request would change now, from what to what; empty where it would change nothing.

    Raises:
        RuleViolation: the register does not allow the change.
    """

    def look(touched: Touched) -> tuple[Touched, Rows]:
        return touched, snapshot(touched)

    with transaction.atomic():
        touched, after = as_if_applied(request, look)
        return difference(snapshot(touched), after, is_planned=True)


def write(request: ChangeRequest) -> tuple[Touched, list[Line]]:
    """Apply a request for good; return what was touched and which fields changed from what to what.

    Raises:
        RuleViolation: the register does not allow the change.
    """
    before = snapshot(as_if_applied(request, lambda touched: touched))
    touched = carry_out(request)
    return touched, difference(before, snapshot(touched), is_planned=False)


def snapshot(touched: Touched) -> Rows:
    """Return the rows of these households and people as they are."""
    people = Q(individual__in=touched.individuals)
    sets: dict[type[models.Model], models.QuerySet] = {
        Household: Household.objects.filter(pk__in=touched.households),
        Membership: Membership.objects.filter(Q(household__in=touched.households) | people),
        Individual: Individual.objects.filter(pk__in=touched.individuals),
        Identifier: Identifier.objects.filter(people),
        Disability: Disability.objects.filter(people),
    }
    rows: Rows = {}
    for model in _WATCHED:
        for row in sets[model].order_by("pk"):
            values = {
                field.name: getattr(row, field.attname)
                for field in model._meta.concrete_fields
                if field.name not in _LEFT_OUT
            }
            # As they are kept in the lines: decimals and dates as text.
            rows[model._meta.label_lower, row.pk] = json.loads(DjangoJSONEncoder().encode(values))
    return rows


def difference(before: Rows, after: Rows, *, is_planned: bool) -> list[Line]:
    """Return what differs between two snapshots, in the order in which people read it.

    Rows that a planned change makes have no key yet, and neither have the fields that point to them.
    """
    made = [place for place in after if place not in before]
    numbers = {place: number for number, place in enumerate(sorted(made), start=1)}
    names = _names(before) | _names(after)
    lines: list[Line] = []
    for place in sorted(before.keys() | after.keys(), key=_reading_order):
        record, key = place
        is_new = place in numbers
        old_row, new_row = before.get(place, {}), after.get(place, {})
        for name in new_row or old_row:
            if is_planned and is_new and name in _NUMBERED:
                continue
            old, new = old_row.get(name), new_row.get(name)
            if old == new or (is_new and new in (None, "", [])):
                continue
            individual = key if record == Individual._meta.label_lower else (new_row or old_row).get("individual")
            lines.append(
                Line(
                    record=record,
                    row_id=None if is_new and is_planned else key,
                    number=numbers.get(place, 0),
                    about=names.get(individual, ""),
                    individual_id=None if is_planned and _is_made(Individual, individual, numbers) else individual,
                    field=name,
                    old=old,
                    new=_pointing(record, name, new, numbers) if is_planned else new,
                )
            )
    return lines


def differences(planned: list[Line], now: list[Line]) -> list[Difference]:
    """Return where a request, as it was submitted, and the register, as it is, no longer fit together."""
    theirs = {line.place: line for line in planned}
    ours = {line.place: line for line in now}
    return [
        Difference(theirs.get(place), ours.get(place))
        for place in sorted(theirs.keys() | ours.keys(), key=str)
        if (place not in theirs or place not in ours)
        or (theirs[place].old, theirs[place].new) != (ours[place].old, ours[place].new)
    ]


def store(request: ChangeRequest, lines: list[Line], stage: str) -> None:
    """Keep the lines of a stage; those planned before go."""
    if stage == ChangeLine.Stage.PLANNED:
        request.lines.filter(stage=stage).delete()
    ChangeLine.objects.bulk_create(
        ChangeLine(
            request=request,
            stage=stage,
            position=position,
            record=line.record,
            row_id=line.row_id,
            number=line.number,
            about=line.about,
            individual_id=line.individual_id,
            field=line.field,
            old=line.old,
            new=line.new,
        )
        for position, line in enumerate(lines, start=1)
    )


def stored(request: ChangeRequest, stage: str) -> list[Line]:
    """Return the lines kept for a stage."""
    return [
        Line(
            record=line.record,
            row_id=line.row_id,
            number=line.number,
            about=line.about,
            individual_id=line.individual_id,
            field=line.field,
            old=line.old,
            new=line.new,
        )
        for line in request.lines.filter(stage=stage).order_by("position")
    ]


def current_value(line: Line) -> Any:
    """Return what the field of an existing row holds now; None for a row that is not there."""
    if line.row_id is None:
        return None
    row = _RECORDS[line.record]._base_manager.filter(pk=line.row_id).first()
    if row is None:
        return None
    value = getattr(row, line.model_field.attname)
    return json.loads(DjangoJSONEncoder().encode(value))


def _reading_order(place: tuple[str, int]) -> tuple[int, int]:
    return (list(_RECORDS).index(place[0]), place[1])


def _names(rows: Rows) -> dict[Any, str]:
    return {key: row["full_name"] for (record, key), row in rows.items() if record == Individual._meta.label_lower}


def _is_made(model: type[models.Model], key: Any, numbers: dict[tuple[str, int], int]) -> bool:
    return (model._meta.label_lower, key) in numbers


def _pointing(record: str, name: str, value: Any, numbers: dict[tuple[str, int], int]) -> Any:
    """Return a value, or that it points to a row which the change makes."""
    field = _RECORDS[record]._meta.get_field(name)
    if field.is_relation and value is not None:
        target = certain(field.related_model)
        if _is_made(target, value, numbers):
            return {NEW: numbers[target._meta.label_lower, value]}
    return value


def lines_by_row(lines: list[Line]) -> Iterator[list[Line]]:
    """Yield the lines of one row after the other."""
    rows: dict[tuple[str, int | None, int], list[Line]] = {}
    for line in lines:
        rows.setdefault((line.record, line.row_id, line.number), []).append(line)
    yield from rows.values()
