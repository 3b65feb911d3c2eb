"""What was paid to two households for the same people: by pair, in total, and month by month."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from beneficiaries.models import DuplicatePair
from beneficiaries.slots import DoubleMonth, household_money
from ministry import formats
from ministry.models import User

_COLUMNS = "pair_id, period, first_household_id, first_amount, second_household_id, second_amount"
ROWS_AT_ONCE = 2_000


@dataclass(frozen=True)
class PaidTwice:
    """What the two households of a pair were paid in the months in which both were paid."""

    months: int
    first_amount: Decimal
    second_amount: Decimal


@dataclass(frozen=True)
class Total:
    """The same over many pairs."""

    pairs: int
    months: int
    second_amount: Decimal


def suspected(reader: User) -> QuerySet[DuplicatePair]:
    """Return the pairs whose money the reader may see: the same person, or strong and not yet decided."""
    pairs = DuplicatePair.objects.visible_to(reader)
    for money in household_money:
        pairs = pairs & DuplicatePair.objects.visible_to(reader, money.permission)
    same = pairs.filter(status=DuplicatePair.Status.SAME)
    return same | pairs.undecided().filter(band=DuplicatePair.Band.STRONG)


def _months(pairs: QuerySet[DuplicatePair], columns: str, tail: str = "") -> Iterator[tuple[Any, ...]]:
    """Yield these columns of the double months of some pairs, in one statement."""
    try:
        sql, params = pairs.order_by().values("id", "individual_a_id", "individual_b_id").query.sql_with_params()
    except EmptyResultSet:
        return
    if not list(household_money):
        return
    # Values of the pairs' own query come first and by place, those of the slot by name: one dictionary for both.
    names = {f"p{number}": value for number, value in enumerate(params)}
    named = sql % tuple(f"%({name})s" for name in names)
    union = " UNION ALL ".join(f"({money.twice})" for money in household_money)
    statement = f"WITH pair AS MATERIALIZED ({named}), month AS ({union}) SELECT {columns} FROM month {tail}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, names | {"currency": formats.currency_of_country()})
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows


def paid_twice(pairs: Iterable[DuplicatePair]) -> dict[int, PaidTwice]:
    """Return what was paid twice for each of these pairs; pairs without such a month are left out."""
    rows = _months(
        DuplicatePair.objects.filter(pk__in=[pair.pk for pair in pairs]),
        "pair_id, count(DISTINCT period), sum(first_amount), sum(second_amount)",
        "GROUP BY pair_id",
    )
    return {pair_id: PaidTwice(*rest) for pair_id, *rest in rows}


def paid_twice_in_total(pairs: QuerySet[DuplicatePair]) -> tuple[Total, list[int]]:
    """Return the total over some pairs, and the keys of those that were paid twice, the most money first."""
    rows = list(
        _months(
            pairs,
            "pair_id, count(DISTINCT period), sum(second_amount)",
            "GROUP BY pair_id ORDER BY sum(second_amount) DESC, pair_id",
        )
    )
    total = Total(len(rows), sum(row[1] for row in rows), sum((row[2] for row in rows), Decimal(0)))
    return total, [row[0] for row in rows]


def double_months(pairs: QuerySet[DuplicatePair]) -> Iterator[DoubleMonth]:
    """Yield every month in which two households were paid for the same person, by pair and month."""
    for row in _months(pairs, _COLUMNS, "ORDER BY pair_id, period, second_household_id"):
        yield DoubleMonth(*row)
