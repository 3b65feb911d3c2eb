"""Facts and scores of every household."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from django.db import transaction

from beneficiaries.benchmarks.register_files import SEEN_ON
from beneficiaries.facts.statement import Scope, member_aggregate, planner
from beneficiaries.models import Household, HouseholdFacts, Individual, Score, ScoringModel
from beneficiaries.scores.expression import score
from beneficiaries.services.facts import refresh_facts
from beneficiaries.services.scores import score_scope
from ministry.benchmarks import Bench, Measurement, benchmark, preparation

_FACTS = HouseholdFacts._meta.db_table
_SCORES = Score._meta.db_table


@benchmark(
    "facts",
    floor="the grouped pass over members discarded + writing the same rows bare",
    goal=2,
    needs=["facts"],
)
def facts(bench: Bench) -> Measurement:
    """Fill the facts of all households, key and indexes included; the note tells of a night without news.

    Scores are left out here, they have a row of their own: no scoring model is in force meanwhile.
    """
    bench.sql(f"CREATE TABLE bench_facts (LIKE {_FACTS})")
    with _no_model_in_force(bench):
        measured = bench.compare(
            work=lambda: refresh_facts(on_date=SEEN_ON),
            before=lambda: _empty(bench, _FACTS),
            floor=lambda: _pass_and_write(bench, SEEN_ON),
            before_floor=lambda: bench.sql("TRUNCATE bench_facts"),
            rows=Household.objects.count(),
        )
        bench.settle()
        again = median(bench.timed(lambda: refresh_facts(on_date=SEEN_ON)) for _night in range(3))
    if HouseholdFacts.objects.count() != measured.rows:
        raise RuntimeError("Not every household has facts.")
    measured.note = f"a night without news {again / (measured.floor_seconds or 1):.2f} ×"
    bench.sql("DROP TABLE bench_facts")
    refresh_facts(on_date=SEEN_ON)
    return measured


@benchmark("scores", floor="the expression discarded + writing the same rows bare", goal=4, needs=["facts"])
def scores(bench: Bench) -> Measurement:
    """Score every household by the model in force and store the scores, indexed."""
    model = ScoringModel.objects.get(status=ScoringModel.Status.IN_FORCE)
    expression = score(model, model.terms.all())
    everybody = Scope(first_id=0, last_id=2**62)
    bench.sql(f"CREATE TABLE bench_score (LIKE {_SCORES})")

    def floor() -> None:
        bench.discarded(f"SELECT f.household_id, {expression} FROM {_FACTS} f")
        bench.sql(f"INSERT INTO bench_score SELECT * FROM {_SCORES}")

    def work() -> None:
        score_scope(model, everybody)

    measured = bench.compare(
        work=work,
        before=lambda: _empty(bench, _SCORES),
        floor=floor,
        before_floor=lambda: bench.sql("TRUNCATE bench_score"),
        rows=Household.objects.count(),
    )
    terms = model.terms.count()
    again = median(bench.timed(work) for _night in range(3))
    measured.note = f"{terms} terms; a night without news {again / (measured.floor_seconds or 1):.2f} ×"
    bench.sql("DROP TABLE bench_score")
    return measured


@preparation("facts", needs=["register"])
def facts_filled(bench: Bench) -> None:
    """Have facts and scores of every household, with statistics up to date."""
    refresh_facts(on_date=SEEN_ON)
    bench.settle()


def _pass_and_write(bench: Bench, on_date: dt.date) -> None:
    households = Household.objects.order_by("pk").values_list("pk", flat=True)
    people = Individual.objects.order_by("pk").values_list("pk", flat=True)
    scope = Scope(
        first_id=households[0],
        last_id=households.reverse()[0],
        first_person_id=people[0],
        last_person_id=people.reverse()[0],
    )
    with transaction.atomic():
        # The plan the refresh uses: without it the floor would be slower than it need be.
        bench.sql(planner(chosen=True))
        bench.discarded(member_aggregate(scope, on_date), scope.params(on_date))
    bench.sql(f"INSERT INTO bench_facts SELECT * FROM {_FACTS}")


def _empty(bench: Bench, table: str) -> None:
    # The floor writes the rows of this table; it is filled again before each floor by the run that follows.
    bench.sql(f"SET session_replication_role = replica; TRUNCATE {table}; SET session_replication_role = DEFAULT")


@contextmanager
def _no_model_in_force(bench: Bench) -> Iterator[None]:
    table = ScoringModel._meta.db_table
    known = ScoringModel.objects.filter(status=ScoringModel.Status.IN_FORCE).values_list("pk", flat=True)
    ids = list(known)
    # A scratch database: the guards that keep models in force from changing stand aside for the measurement.
    change = f"UPDATE {table} SET status = %s WHERE id = ANY(%s)"
    bench.sql("SET session_replication_role = replica")
    bench.sql(change, [ScoringModel.Status.SUPERSEDED, ids])
    bench.sql("SET session_replication_role = DEFAULT")
    try:
        yield
    finally:
        bench.sql("SET session_replication_role = replica")
        bench.sql(change, [ScoringModel.Status.IN_FORCE, ids])
        bench.sql("SET session_replication_role = DEFAULT")
