"""The search for people who are in the register twice: all at once, and one new person."""

import csv
import random
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import median, quantiles

from django.db import connection

from beneficiaries.benchmarks.register_files import SEEN_ON
from beneficiaries.duplicates.entry_check import NewPerson, find_matches
from beneficiaries.duplicates.model import in_force
from beneficiaries.duplicates.sweep import exported_pairs
from beneficiaries.models import DuplicatePair, DuplicateRun, Identifier, Individual, NamePart
from beneficiaries.services.duplicate_sweeps import start_duplicate_sweep
from ministry import jobs
from ministry.benchmarks import Bench, Measurement, benchmark
from ministry.benchmarks.machine import ForeignCpu

_CLIENTS = 8
_CHECKS = 800
_TABLES = (DuplicatePair, DuplicateRun, NamePart)
# Everything a search must read, thrown away.
_READ = """
    SELECT i.id, i.name_key, i.mother_key, i.sex, i.birth_date, i.phone_key, n.value_key, m.household_id, h.area_id
    FROM beneficiaries_individual i
    LEFT JOIN beneficiaries_identifier n ON n.individual_id = i.id
    LEFT JOIN beneficiaries_membership m ON m.individual_id = i.id AND m.left_on IS NULL
    LEFT JOIN beneficiaries_household h ON h.id = m.household_id
"""


@benchmark("duplicates", floor="everybody's keys read and thrown away", needs=["register"])
def duplicates(bench: Bench) -> Measurement:
    """Compare the whole register with itself, from its rows to pairs with their evidence, and judge what was found."""
    measured = bench.compare(work=_sweep, before=lambda: _empty(bench), floor=lambda: bench.discarded(_READ))
    measured.memory_mb = bench.memory_of(_sweep)
    with (bench.folder / "truth_pairs.csv").open(encoding="utf-8", newline="") as file:
        truth = {frozenset((row["person_a"], row["person_b"])) for row in csv.DictReader(file)}
    found = {frozenset(pair[:2]) for pair in exported_pairs(in_force())}
    right = len(found & truth)
    measured.precision, measured.recall = right / max(len(found), 1), right / max(len(truth), 1)
    measured.f1 = 2 * right / max(len(found) + len(truth), 1)
    run = DuplicateRun.objects.first()
    if run is None:
        raise RuntimeError("No sweep has run.")
    measured.rows = len(found)
    measured.note = f"{run.candidates / max(run.people, 1):.2f} pairs compared a person"
    return measured


@benchmark("entry_check", floor="one read by primary key", goal_p99_ms=10, needs=["register"])
def entry_check(bench: Bench) -> Measurement:
    """Look for one new person, eight clients at once on connections of their own; each is typed as somebody who is in.

    Recall is the share of them that was found.
    """
    rng = random.Random(8)  # noqa: S311 - a sample, not a secret
    first, last = Individual.objects.order_by("pk")[0].pk, Individual.objects.latest("pk").pk
    wanted = {rng.randint(first, last) for _check in range(_CHECKS)}
    people = list(Individual.objects.filter(pk__in=wanted))
    numbers = dict(Identifier.objects.filter(individual__in=people).values_list("individual_id", "value"))
    with ForeignCpu() as others, ThreadPoolExecutor(_CLIENTS) as clients:
        answers = list(clients.map(lambda person: _check(person, numbers.get(person.pk, "")), people))
        list(clients.map(lambda _client: _hang_up(), range(_CLIENTS)))
    times = [seconds for seconds, _is_found in answers][len(answers) // 10 :]
    floor = [bench.timed(partial(Individual.objects.get, pk=person.pk)) for person in people[:200]]
    cuts = quantiles(times, n=100, method="inclusive")
    recall = sum(is_found for _seconds, is_found in answers) / len(answers)
    return Measurement(
        seconds=median(times),
        floor_seconds=median(floor),
        p50_ms=cuts[49] * 1000,
        p95_ms=cuts[94] * 1000,
        p99_ms=cuts[98] * 1000,
        recall=recall,
        foreign_cores=others.cores,
        note=f"{_CLIENTS} clients",
    )


def _check(person: Individual, number: str) -> tuple[float, bool]:
    # The mother is left out and the phone is new, as when somebody comes to another office.
    new = NewPerson(person.full_name, "", number, person.birth_date or SEEN_ON, person.sex, "")
    started = time.perf_counter()
    matches = find_matches(new)
    return time.perf_counter() - started, any(match.individual_id == person.pk for match in matches)


def _hang_up() -> None:
    connection.close()
    time.sleep(0.05)


def _sweep() -> None:
    jobs.run_now(start_duplicate_sweep(full=True, tell_worker=False))


def _empty(bench: Bench) -> None:
    tables = ", ".join(model._meta.db_table for model in _TABLES)
    # The scratch database's own guards against emptying tables.
    bench.sql(
        f"SET session_replication_role = replica; TRUNCATE {tables} CASCADE; SET session_replication_role = DEFAULT"
    )
