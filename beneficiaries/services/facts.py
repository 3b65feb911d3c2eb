"""Keeping the facts of households fresh."""

import datetime as dt
from collections.abc import Iterable, Iterator

from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from beneficiaries.facts import statement
from beneficiaries.models import Household, HouseholdFacts, ImportBatch, Membership
from beneficiaries.services.scores import pmt_expression, score_in_force
from ministry.jobs import start
from ministry.models import Job, User

# Households per step: below 20,000 the fixed cost of a statement shows, above 100,000 the sort leaves memory.
CHUNK = 50_000
# Named households are looked up one by one; so many keys at once keep each statement short.
NAMED_AT_ONCE = 1_000
# Two writers of the same rows would trip over each other's new rows: one refresh writes at a time.
_WRITER_LOCK = 7_310_001
JOB_KIND = "beneficiaries.facts"


@transaction.atomic
def refresh_facts(household_ids: Iterable[int] | None = None, on_date: dt.date | None = None) -> int:
    """Compute the facts of the given households (default: all) as of `on_date` (default: today) and store them.

    Then score them by the models in force, so that facts and `pmt_score` belong together. Only rows that differ are
    written; households that are inactive or gone lose their row. Repeating it changes nothing. Returns how many rows
    of facts were added, changed or removed.
    """
    on_date = on_date or timezone.localdate()
    if household_ids is None:
        return sum(refresh_facts_between(first, last, on_date) for first, last in key_ranges())
    ids = sorted(set(household_ids))
    return sum(
        _write(statement.Scope(household_ids=tuple(ids[start : start + NAMED_AT_ONCE])), on_date)
        for start in range(0, len(ids), NAMED_AT_ONCE)
    )


@transaction.atomic
def refresh_facts_between(first_id: int, last_id: int, on_date: dt.date) -> int:
    """Do the same for households whose keys lie between two, both included."""
    people = Membership.objects.filter(household__id__range=(first_id, last_id)).aggregate(
        first=Min("individual_id"), last=Max("individual_id")
    )
    scope = statement.Scope(
        first_id=first_id,
        last_id=last_id,
        first_person_id=people["first"] or 0,
        last_person_id=people["last"] or 0,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.planner(chosen=True))
        changed = _write(scope, on_date)
        cursor.execute(statement.planner(chosen=False))
    return changed


def _write(scope: statement.Scope, on_date: dt.date) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_WRITER_LOCK])
        cursor.execute(statement.remove_vanished(scope), scope.params(on_date))
        removed = cursor.rowcount
        cursor.execute(statement.merge(scope, on_date, pmt_expression()), scope.params(on_date))
        changed = removed + cursor.rowcount
    score_in_force(scope)
    return changed


def key_ranges(size: int = CHUNK, batch: ImportBatch | None = None) -> Iterator[tuple[int, int]]:
    """Return ranges of household keys, each of about `size` keys, that cover the register (or one import)."""
    if batch is not None:
        bounds = [batch.households.aggregate(first=Min("id"), last=Max("id"))]
    else:
        # Rows of vanished households lie outside the register's own bounds when the last households left it.
        bounds = [
            Household.objects.aggregate(first=Min("id"), last=Max("id")),
            HouseholdFacts.objects.aggregate(first=Min("household_id"), last=Max("household_id")),
        ]
    known = [bound for bound in bounds if bound["first"] is not None]
    if not known:
        return
    first, last = min(bound["first"] for bound in known), max(bound["last"] for bound in known)
    for start_id in range(first, last + 1, size):
        yield start_id, min(start_id + size - 1, last)


def start_facts_refresh(*, actor: User | None = None, batch_id: int | None = None) -> Job:
    """Queue the refresh of all facts and scores, or of those of one import.

    Raises:
        JobAlreadyActive: the same refresh is waiting or running.
    """
    return start(
        kind=JOB_KIND,
        scope=f"import:{batch_id}" if batch_id else "",
        params={"batch_id": batch_id} if batch_id else {},
        actor=actor,
    )
