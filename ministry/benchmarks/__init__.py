"""Measuring what design promises: each figure beside a floor taken in the same run on the same rows.

An app describes its measurements in its `benchmarks` package; `manage.py bench` finds them by that name:

    @preparation("facts", needs=["register"])
    def facts_filled(bench: Bench) -> None:
        refresh_facts()

    @benchmark("scores", needs=["facts"], floor="the expression discarded + writing bare", goal=4)
    def scores(bench: Bench) -> Measurement:
        return bench.compare(work=lambda: sweep(), floor=lambda: bench.discarded(EXPRESSION), before=empty)

A floor must not flatter: it executes in full what no implementation can avoid (`bench.discarded`, never a count
around a subquery, whose columns the planner drops) and shares no costly part that belongs to the code under test.
"""

from ministry.benchmarks.context import Bench
from ministry.benchmarks.measurement import Measurement
from ministry.benchmarks.registry import Benchmark, benchmark, discover, preparation

__all__ = ["Bench", "Benchmark", "Measurement", "benchmark", "discover", "preparation"]
