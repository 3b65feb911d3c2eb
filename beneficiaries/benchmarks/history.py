"""What row history costs a table that is written in bulk."""

from statistics import median

from ministry.benchmarks import Bench, Measurement, benchmark

_TABLE = "beneficiaries_household"
_COLUMNS = (
    "household_ref, area_id, status, registered_on, address, phone, phone_key, urban, income_monthly, created_at, id"
)
_ROWS = """
    SELECT 'B' || n, 1, 'registered', date '2026-01-01' + n % 300, n || ' شارع الجمهورية', '010' || 10000000 + n,
           '10' || 10000000 + n, n % 2 = 0, n % 9000, now(), n
    FROM generate_series(1, {rows}) AS n
"""


@benchmark("history", floor="the same insert into the same table without history", goal=2)
def history(bench: Bench) -> Measurement:
    """Insert one row per household with and without the history triggers; the note tells the same for an update.

    The two tables are copies of the households' table with its indexes and without foreign keys, whose cost is the
    same on both sides and would make the ratio look smaller.
    """
    for name in ("bench_plain", "bench_kept"):
        bench.sql(f"CREATE TABLE {name} (LIKE {_TABLE} INCLUDING ALL)")
    for (definition,) in bench.sql(
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE '%%history%%'",
        [_TABLE],
    ):
        bench.sql(definition.replace(f" ON public.{_TABLE} ", " ON bench_kept "))

    def fill(name: str) -> None:
        bench.sql(f"INSERT INTO {name} ({_COLUMNS}) {_ROWS.format(rows=bench.households)}")

    def empty(name: str) -> None:
        bench.sql(f"TRUNCATE {name}")

    def change(name: str) -> None:
        bench.sql(f"UPDATE {name} SET status = CASE status WHEN 'verified' THEN 'registered' ELSE 'verified' END")

    measured = bench.compare(
        work=lambda: fill("bench_kept"),
        before=lambda: empty("bench_kept"),
        floor=lambda: fill("bench_plain"),
        before_floor=lambda: empty("bench_plain"),
        rows=bench.households,
    )
    bench.sql("VACUUM ANALYZE bench_plain, bench_kept")
    changed = bench.compare(work=lambda: change("bench_kept"), floor=lambda: change("bench_plain"))
    kept = bench.sql("SELECT count(*) FROM ministry_rowversion WHERE table_name = 'bench_kept'")[0][0]
    if kept != bench.households * len(changed.runs):
        raise RuntimeError(f"{kept} versions kept of {bench.households * len(changed.runs)} changes")
    measured.note = f"update of every row: {median(changed.runs) / median(changed.floor_runs):.2f} ×"
    for name in ("bench_plain", "bench_kept"):
        bench.sql(f"DROP TABLE {name}")
    return measured
