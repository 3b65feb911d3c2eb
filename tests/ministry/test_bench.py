import json
import os
import subprocess
import sys
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ministry.benchmarks import Bench, Measurement, machine, registry
from ministry.benchmarks.machine import ForeignCpu
from ministry.benchmarks.measurement import Row, table
from ministry.benchmarks.registry import Benchmark, benchmark, preparation


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """Benchmarks of this test only."""
    monkeypatch.setattr(registry, "benchmarks", {})
    monkeypatch.setattr(registry, "preparations", {})
    monkeypatch.setattr("ministry.benchmarks.context.preparations", registry.preparations)


@pytest.fixture
def bench(tmp_path, db) -> Bench:
    return Bench(households=1000, folder=tmp_path)


def a_row(measurement: Measurement, **goals: float) -> Row:
    return Row(Benchmark("facts", lambda bench: measurement, "writing bare", **goals), 1000, measurement)


class TestCompare:
    def test_takes_work_and_floor_in_turn_and_gives_medians(self, bench):
        done = []
        measurement = bench.compare(
            work=lambda: done.append("work"),
            floor=lambda: done.append("floor"),
            before=lambda: done.append("reset"),
        )
        assert done == ["floor", "reset", "work"] * 3
        assert measurement.seconds == sorted(measurement.runs)[1]
        assert measurement.floor_seconds == sorted(measurement.floor_runs)[1]

    def test_never_takes_fewer_than_three_runs(self, bench):
        assert len(bench.compare(work=lambda: None, floor=lambda: None, repeats=1).runs) == 3

    def test_does_not_time_what_prepares_a_run(self, bench):
        measurement = bench.compare(work=lambda: None, floor=lambda: None, before=lambda: time.sleep(0.05))
        assert measurement.seconds < 0.04


def test_latencies_leave_out_the_calls_that_warm_up(bench):
    waits = iter([0.05] * 10 + [0.0] * 90)
    measurement = bench.latencies(calls=[lambda: time.sleep(next(waits))] * 100)
    assert measurement.p99_ms < 40
    assert measurement.p50_ms <= measurement.p95_ms <= measurement.p99_ms


def test_a_discarded_select_is_executed_in_full(bench):
    bench.sql("CREATE TEMP SEQUENCE called")
    bench.discarded("SELECT nextval('called') FROM generate_series(1, 5)")
    assert bench.sql("SELECT last_value FROM called") == [(5,)]


def test_a_state_is_prepared_once_and_after_what_it_needs(bench):
    made = []
    preparation("register")(lambda bench: made.append("register"))
    preparation("facts", needs=["register"])(lambda bench: made.append("facts"))
    bench.need("facts")
    bench.need("register", "facts")
    assert made == ["register", "facts"]


class TestTable:
    def test_says_whether_every_measured_goal_is_met(self):
        slow = Measurement(seconds=4.0, floor_seconds=1.0, p95_ms=50.0)
        assert a_row(slow, goal=4.0, goal_p95_ms=100).met is True
        assert a_row(slow, goal=4.0, goal_p95_ms=40).met is False
        assert a_row(slow, goal=3.9).met is False
        assert a_row(slow).met is None

    def test_names_a_contended_run(self):
        busy = Measurement(seconds=1.0, floor_seconds=1.0, foreign_cores=0.8)
        quiet = Measurement(seconds=1.0, floor_seconds=1.0, foreign_cores=0.2)
        assert "contended (0.80" in table([a_row(busy)])
        assert "contended" not in table([a_row(quiet)])

    def test_json_rows_have_the_names_of_the_design(self):
        row = a_row(Measurement(seconds=2.0, floor_seconds=1.0, p50_ms=1.0, memory_mb=50.0), goal=3.0).as_json()
        assert {"name", "households", "seconds", "floor_seconds", "ratio", "p50_ms", "memory_mb"} <= row.keys()
        assert (row["ratio"], row["met"], "f1" in row) == (2.0, True, False)


class TestForeignCpu:
    def test_sees_the_work_of_programs_that_are_not_ours(self, bench):
        # The shell ends at once, so that its busy child is no descendant of this process any more.
        subprocess.run(["sh", "-c", "timeout 1 sh -c 'while :; do :; done' &"], check=True)
        with ForeignCpu() as others:
            time.sleep(0.8)
        assert others.cores is None or others.cores > 0.2

    def test_counts_this_process_and_its_children_as_ours(self, bench):
        before = machine._usage(None)
        # So much work, however long that takes beside others.
        work = "import time\nwhile time.process_time() < 0.4: pass"
        subprocess.run([sys.executable, "-c", work], check=True)
        after = machine._usage(None)
        assert before is None or after.ours - before.ours > 0.1


class TestCommand:
    @pytest.fixture(autouse=True)
    def small(self, monkeypatch, django_db_setup, django_db_blocker):
        """One tiny benchmark. No transaction around the test: the command leaves its database and comes back."""

        @benchmark("facts", floor="one number", goal=1000)
        def facts(bench: Bench) -> Measurement:
            name = bench.sql("SELECT current_database()")[0][0]
            tables = bench.sql("SELECT count(*) FROM information_schema.tables WHERE table_name = 'ministry_area'")
            measured = bench.compare(work=lambda: bench.sql("SELECT 1"), floor=lambda: bench.sql("SELECT 1"))
            measured.note = f"{name}, {tables[0][0]} table"
            return measured

        monkeypatch.setattr("ministry.management.commands.bench.discover", lambda: list(registry.benchmarks.values()))
        with django_db_blocker.unblock():
            yield

    def test_works_in_a_database_of_its_own_and_drops_it(self, tmp_path, capsys):
        before = connection.settings_dict["NAME"]
        call_command("bench", "facts", "--households", "100", "--json", str(tmp_path / "rows.json"))
        (row,) = json.loads((tmp_path / "rows.json").read_text())
        assert row["note"].startswith("bench_")
        assert row["note"].endswith("1 table")
        assert "facts" in capsys.readouterr().out
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_database(), count(*) FROM pg_database WHERE datname = %s", [f"bench_{os.getpid()}"]
            )
            assert cursor.fetchone() == (before, 0)

    def test_drops_its_database_when_a_benchmark_fails(self):
        benchmark("scores", floor="none")(lambda bench: bench.sql("SELECT no_such_column"))
        with pytest.raises(Exception, match="no_such_column"):
            call_command("bench", "scores", "--households", "100")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [f"bench_{os.getpid()}"])
            assert cursor.fetchone() == (0,)

    def test_names_the_benchmarks_there_are_when_asked_for_another(self):
        with pytest.raises(CommandError, match=r"No such benchmark: speed\. There are: facts"):
            call_command("bench", "speed")
