"""Taking a register in, from two files to rows that searches and rules can use."""

from django.db import connection

from beneficiaries.benchmarks.register_files import HOUSEHOLDS_FILE, INDIVIDUALS_FILE
from beneficiaries.models import (
    Disability,
    DuplicatePair,
    Dwelling,
    Household,
    HouseholdFacts,
    Identifier,
    ImportBatch,
    ImportIssue,
    Individual,
    Membership,
    Score,
    StagedHousehold,
    StagedIndividual,
)
from beneficiaries.services.imports import import_now
from ministry.benchmarks import Bench, Measurement, benchmark, preparation
from ministry.models import Area

_FILLED = (
    Household,
    Dwelling,
    Individual,
    Membership,
    Identifier,
    Disability,
    DuplicatePair,
    HouseholdFacts,
    Score,
    ImportIssue,
    StagedHousehold,
    StagedIndividual,
    ImportBatch,
)
# The same columns with the types the registry gives them, without keys, indexes or checks.
_BARE = {
    HOUSEHOLDS_FILE: """
        household_ref text, registered_on date, governorate_code text, district_code text, address text, phone text,
        urban smallint, tenure text, monthly_rent numeric(12, 3), rooms smallint, bedrooms smallint, wall text,
        floor text, roof text, water text, sanitation text, electricity text, cooking_fuel text, waste text,
        refrigerator smallint, television smallint, computer smallint, mobile_phone smallint, tablets smallint,
        mobile_phones smallint, income_monthly numeric(12, 3)
    """,
    INDIVIDUALS_FILE: """
        household_ref text, person_ref text, full_name text, mother_name text, national_id text, birth_date date,
        sex text, phone text, relationship text, marital_status text, years_schooling smallint, in_school smallint,
        works smallint, pregnant smallint, disability text
    """,
}


@benchmark(
    "import",
    floor="COPY of the same rows into bare typed tables",
    goal=8,
    needs=["register files"],
    provides=["register"],
)
def import_register(bench: Bench) -> Measurement:
    """Import two register files into an empty registry: read, checked, entered, indexed, pairs flagged.

    Names are normalised, identifiers and keys made, foreign keys hold: what is left is what the portal works with.
    """
    measured = bench.compare(
        work=lambda: _import(bench),
        before=lambda: _empty(bench),
        floor=lambda: _copy_bare(bench),
        before_floor=lambda: bench.sql("DROP TABLE IF EXISTS bench_households, bench_individuals"),
    )
    entered = Household.objects.count(), Individual.objects.count()
    copied = bench.sql("SELECT (SELECT count(*) FROM bench_households), (SELECT count(*) FROM bench_individuals)")[0]
    if entered != copied:
        raise RuntimeError(f"{entered} rows entered of {copied}")
    bench.sql("DROP TABLE bench_households, bench_individuals")
    bench.settle()
    measured.rows = sum(entered)
    return measured


@preparation("register", needs=["register files"])
def register(bench: Bench) -> None:
    """Have the register in the registry, as a real import leaves it, with statistics up to date."""
    _import(bench)
    bench.settle()


def _import(bench: Bench) -> None:
    batch = import_now(
        households=bench.folder / HOUSEHOLDS_FILE,
        individuals=bench.folder / INDIVIDUALS_FILE,
        area=Area.objects.get(level=Area.Level.COUNTRY),
    )
    if batch.status != ImportBatch.Status.COMMITTED:
        raise RuntimeError(f"The register was not entered: {batch.status}, {batch.summary}")


def _empty(bench: Bench) -> None:
    tables = ", ".join(model._meta.db_table for model in _FILLED)
    # The scratch database's own guards against emptying tables; jobs of former runs would find nothing to do.
    bench.sql(f"SET session_replication_role = replica; TRUNCATE {tables} RESTART IDENTITY CASCADE")
    bench.sql("TRUNCATE ministry_job CASCADE; SET session_replication_role = DEFAULT")


def _copy_bare(bench: Bench) -> None:
    with connection.cursor() as cursor:
        for file, columns in _BARE.items():
            table = f"bench_{file.removesuffix('.csv')}"
            cursor.execute(f"CREATE TABLE {table} ({columns})")
            with (bench.folder / file).open("rb") as stream:
                cursor.cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT csv, HEADER, FORCE_NULL *)", stream)
