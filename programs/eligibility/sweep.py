"""Filling a run's table: INSERT … SELECT of the compiled rules, one range of households after another."""

from django.db import connection

from beneficiaries.models import Household
from programs.eligibility.compiler import Keys, RuleCompiler
from programs.eligibility.storage import table_of

# Households per step: large enough that the cost of a step is lost in it, small enough to be lost with a worker.
STEP = 50_000


def key_ranges(step: int = STEP) -> list[Keys]:
    """Cut the registry into ranges of `step` households by id.

    The last has no upper bound: who is registered meanwhile is decided too.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM beneficiaries_household) h"
            " WHERE place %% %s = 1 OR %s = 1 ORDER BY id",
            [step, step],
        )
        starts: list[int | None] = [row[0] for row in cursor.fetchall()]
    if not starts:
        return []
    return [Keys(start, end) for start, end in zip([None, *starts[1:]], [*starts[1:], None], strict=True)]


def decide(compiler: RuleCompiler, *, run_id: int, keys: Keys) -> int:
    """Write the decisions of one range into the run's table and return how many."""
    select = compiler.decisions(keys)
    with connection.cursor() as cursor:
        # Two streams in household order, merged, beat the hash joins that the planner prefers over many rows.
        cursor.execute("SET LOCAL enable_hashjoin = off")
        cursor.execute("SET LOCAL enable_hashagg = off")
        cursor.execute(
            f"INSERT INTO {table_of(run_id)} (household_id, decision, failed, unknown, score) {select.sql}",
            select.params,
        )
        decided = cursor.rowcount
        cursor.execute("RESET enable_hashjoin")
        cursor.execute("RESET enable_hashagg")
    return decided


def households_without_facts(keys: Keys) -> list[int]:
    """Return the households of a range of which no facts are kept."""
    key, key_of_facts = keys.condition("h.id"), keys.condition("f.household_id")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.id FROM beneficiaries_household h"  # noqa: S608 - conditions on keys, values are parameters
            f" LEFT JOIN beneficiaries_householdfacts f ON f.household_id = h.id AND {key_of_facts.sql}"
            f" WHERE h.status <> 'inactive' AND f.household_id IS NULL AND {key.sql}",
            key_of_facts.params + key.params,
        )
        return [row[0] for row in cursor.fetchall()]


def registry_size() -> int:
    """Return how many households the registry holds."""
    return Household.objects.count()
