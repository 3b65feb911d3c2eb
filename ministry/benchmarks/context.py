"""What a benchmark gets to work with."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from ministry.benchmarks.machine import ForeignCpu, peak_memory_mb
from ministry.benchmarks.measurement import Measurement
from ministry.benchmarks.registry import preparations

Step = Callable[[], Any]


class Bench:
    """A scratch database of some size, timers, and the states that benchmarks share."""

    def __init__(
        self, *, households: int, folder: Path, repeats: int = 3, say: Callable[[str], None] = lambda _text: None
    ) -> None:
        # How many households the register holds; about 3.9 people each.
        self.households = households
        # A folder of this run alone, removed when it ends.
        self.folder = folder
        self.repeats = repeats
        self.say = say
        self.connection = connection
        self._ready: set[str] = set()

    def need(self, *states: str) -> None:
        """Bring about the named states, each once per run, with what they stand on."""
        for name in states:
            if name in self._ready:
                continue
            if name not in preparations:
                raise ImproperlyConfigured(f"No app prepares {name!r} for benchmarks.")
            self.need(*preparations[name].needs)
            started = time.perf_counter()
            preparations[name].function(self)
            self._ready.add(name)
            self.say(f"  prepared {name} in {time.perf_counter() - started:.1f} s")

    def mark_ready(self, *states: str) -> None:
        """State that a measurement has left these states behind."""
        self._ready |= set(states)

    def sql(self, statement: str, params: Any = None) -> list[tuple]:
        """Run a statement and return its rows, if it has any."""
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.fetchall() if cursor.description else []

    def discarded(self, statement: str, params: Any = None) -> None:
        """Execute a SELECT in full and throw its rows away."""
        self.sql(f"EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF) {statement}", params)

    def settle(self) -> None:
        """Bring the planner's statistics and the visibility map up to date, so that no run pays for the former."""
        self.sql("VACUUM ANALYZE")

    def compare(
        self,
        *,
        work: Step,
        floor: Step,
        before: Step | None = None,
        before_floor: Step | None = None,
        repeats: int | None = None,
        **figures: Any,
    ) -> Measurement:
        """Time `floor` and `work` in turn, commits included, and return the medians.

        `before` and `before_floor` restore what a repetition needs and are not timed.
        """
        runs: list[float] = []
        floor_runs: list[float] = []
        foreign: list[float | None] = []
        for _repeat in range(max(3, repeats or self.repeats)):
            for step, prepare, times in ((floor, before_floor, floor_runs), (work, before, runs)):
                if prepare:
                    prepare()
                with ForeignCpu() as others:
                    times.append(self.timed(step))
                foreign.append(others.cores)
        return Measurement(
            seconds=median(runs),
            floor_seconds=median(floor_runs),
            runs=runs,
            floor_runs=floor_runs,
            foreign_cores=_worst(foreign),
            **figures,
        )

    def latencies(self, *, calls: Iterable[Step], floor_calls: Iterable[Step] = (), **figures: Any) -> Measurement:
        """Time each call by itself, floor calls in turn with them, and return the percentiles.

        `seconds` and `floor_seconds` are the medians of one call. The first tenth of the calls only warms up.
        """
        with ForeignCpu() as others:
            times: list[float] = []
            floor_times: list[float] = []
            floors = iter(floor_calls)
            for call in calls:
                if (floor := next(floors, None)) is not None:
                    floor_times.append(self.timed(floor))
                times.append(self.timed(call))
        times = times[len(times) // 10 :]
        floor_times = floor_times[len(floor_times) // 10 :]
        cuts = quantiles(times, n=100, method="inclusive")
        return Measurement(
            seconds=median(times),
            floor_seconds=median(floor_times) if floor_times else None,
            p50_ms=cuts[49] * 1000,
            p95_ms=cuts[94] * 1000,
            p99_ms=cuts[98] * 1000,
            foreign_cores=others.cores,
            **figures,
        )

    def timed(self, step: Step) -> float:
        """Return the seconds a step takes."""
        started = time.perf_counter()
        step()
        return time.perf_counter() - started

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Collect the statements sent meanwhile (on this thread's connection)."""
        sent: list[str] = []

        def note(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
            sent.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            yield sent

    def memory_of(self, step: Step) -> float | None:
        """Return the most memory, in MB, that this process held while the step ran."""
        peak_memory_mb(reset=True)
        step()
        return peak_memory_mb()

    @contextmanager
    def rolled_back(self) -> Iterator[None]:
        """Undo at the end what is done inside."""
        with transaction.atomic():
            yield
            transaction.set_rollback(True)


def _worst(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return max(known) if known else None
