"""Cutting long lists into pages: by number for lists people leaf through, by key for very long ones."""

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q, QuerySet

PAGE_SIZE = 25
# Beyond this many rows the total is the planner's estimate, and pages end: nobody leafs through 400 of them.
COUNT_LIMIT = 10_000


@dataclass
class Page:
    """One page of rows and the way to its neighbours. Query values are None where there is no such page."""

    # Records, or what a page shows of each.
    rows: list[Any]
    total: int
    total_is_estimate: bool
    first: int = 0
    last: int = 0
    # {"page": "3"} or {"after": "…"}: what replaces these keys in the address.
    previous: dict[str, str] | None = None
    next: dict[str, str] | None = None
    number: int = 0
    # Page numbers to show; None stands for a gap.
    numbers: list[int | None] = field(default_factory=list)
    # True where rows beyond the last page exist that only a narrower search shows.
    is_cut: bool = False

    def __iter__(self) -> Iterator[Model]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def count_rows(queryset: QuerySet) -> tuple[int, bool]:
    """Return (rows, is it an estimate): exact up to `COUNT_LIMIT`, beyond it what the planner expects, rounded."""
    bare = queryset.order_by()
    counted = bare.values("pk")[: COUNT_LIMIT + 1].count()
    if counted <= COUNT_LIMIT:
        return counted, False
    plan = json.loads(bare.values("pk").explain(format="json"))
    expected = max(COUNT_LIMIT, int(plan[0]["Plan"]["Plan Rows"]))
    digits = max(0, len(str(expected)) - 3)
    return round(expected, -digits), True


def shown_numbers(number: int, last: int) -> list[int | None]:
    """Return the page numbers around `number`, the first and the last, with None for gaps: 1 … 4 5 6 … 40."""
    wanted = sorted({1, last, *range(max(1, number - 1), min(last, number + 1) + 1)})
    numbers: list[int | None] = []
    for candidate in wanted:
        if numbers and numbers[-1] is not None and candidate - numbers[-1] > 1:
            numbers.append(candidate - 1 if candidate - numbers[-1] == 2 else None)
        numbers.append(candidate)
    return numbers


def numbered_page(queryset: QuerySet, number: str | None, size: int = PAGE_SIZE) -> Page:
    """Return page `number` (as typed in the address; what is no such page becomes the nearest one)."""
    total, is_estimate = count_rows(queryset)
    reachable = min(total, COUNT_LIMIT)
    last_page = max(1, -(-reachable // size))
    page_number = min(max(1, int(number)), last_page) if number and number.isascii() and number.isdigit() else 1
    start = (page_number - 1) * size
    rows = list(queryset[start : start + size])
    return Page(
        rows=rows,
        total=total,
        total_is_estimate=is_estimate,
        first=start + 1 if rows else 0,
        last=start + len(rows),
        previous={"page": str(page_number - 1)} if page_number > 1 else None,
        next={"page": str(page_number + 1)} if page_number < last_page else None,
        number=page_number,
        numbers=shown_numbers(page_number, last_page) if last_page > 1 else [],
        is_cut=is_estimate and page_number == last_page,
    )


def _encode(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values, cls=DjangoJSONEncoder).encode()).decode().rstrip("=")


def _decode(queryset: QuerySet, names: list[str], token: str) -> list[Any] | None:
    """Return the key of the row a page starts from, or None where the address was tampered with."""
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if not isinstance(values, list) or len(values) != len(names):
            return None
        return [
            queryset.model._meta.get_field(queryset.model._meta.pk.name if name == "pk" else name).to_python(value)
            for name, value in zip(names, values, strict=True)
        ]
    except (ValueError, binascii.Error, ValidationError, FieldDoesNotExist):
        return None


def _beyond(ordering: list[tuple[str, bool]], key: list[Any]) -> Q:
    """Return the condition «after this key in this order»."""
    condition = Q()
    equal = Q()
    for (name, descending), value in zip(ordering, key, strict=True):
        condition |= equal & Q(**{f"{name}__{'lt' if descending else 'gt'}": value})
        equal &= Q(**{name: value})
    return condition


def keyset_page(
    queryset: QuerySet,
    ordering: list[str],
    *,
    after: str | None = None,
    before: str | None = None,
    size: int = PAGE_SIZE,
    count: Callable[[QuerySet], tuple[int, bool]] = count_rows,
) -> Page:
    """Return the page that follows the row `after` or precedes `before`: as quick on page 40,000 as on page 1.

    `count` tells how many rows there are and whether that is an estimate. `ordering` names columns of the model that
    are never null; the primary key is added to make it total.
    """
    ordering = [*ordering, "pk"] if ordering[-1].lstrip("-") not in {"pk", "id"} else ordering
    parts = [(name.lstrip("-"), name.startswith("-")) for name in ordering]
    names = [name for name, _descending in parts]
    total, is_estimate = count(queryset)
    backwards = bool(before)
    token = before or after
    key = _decode(queryset, names, token) if token else None
    if key is None:
        backwards = False
    if backwards:
        parts = [(name, not descending) for name, descending in parts]
    window = queryset.filter(_beyond(parts, key)) if key else queryset
    rows = list(window.order_by(*(f"-{name}" if descending else name for name, descending in parts))[: size + 1])
    has_more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()

    def token_of(row: Model) -> str:
        return _encode([getattr(row, name) for name in names])

    return Page(
        rows=rows,
        total=total,
        total_is_estimate=is_estimate,
        previous={"before": token_of(rows[0])} if rows and (has_more if backwards else key) else None,
        next={"after": token_of(rows[-1])} if rows and (True if backwards else has_more) else None,
    )
