"""What a benchmark reports, and how the reports become a table and JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ministry.benchmarks.registry import Benchmark

# Others' share of the machine, in cores, above which two figures of a run cannot be compared.
CONTENDED_FROM = 0.25


@dataclass
class Measurement:
    """One row of the table. Seconds are medians; figures that do not apply stay None."""

    seconds: float | None = None
    floor_seconds: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    memory_mb: float | None = None
    statements: int | None = None
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    # Every single run, so that the spread is seen.
    runs: list[float] = field(default_factory=list)
    floor_runs: list[float] = field(default_factory=list)
    # CPU that other programs used meanwhile, in cores; None where the system does not tell.
    foreign_cores: float | None = None
    # Rows the work produced or touched, where that is worth stating.
    rows: int | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Return seconds over floor seconds."""
        if self.seconds is None or not self.floor_seconds:
            return None
        return self.seconds / self.floor_seconds

    @property
    def contended(self) -> bool:
        """Tell whether others used so much of the machine that the figures are not clean."""
        return self.foreign_cores is not None and self.foreign_cores > CONTENDED_FROM


@dataclass(frozen=True)
class Row:
    """A measurement with the benchmark it belongs to and the size it was taken at."""

    benchmark: "Benchmark"
    households: int
    measurement: Measurement

    @property
    def met(self) -> bool | None:
        """Tell whether every goal of the benchmark is met; None where it has none that was measured."""
        pairs = (
            (self.measurement.ratio, self.benchmark.goal),
            (self.measurement.p95_ms, self.benchmark.goal_p95_ms),
            (self.measurement.p99_ms, self.benchmark.goal_p99_ms),
        )
        judged = [value <= goal for value, goal in pairs if value is not None and goal is not None]
        return all(judged) if judged else None

    def as_json(self) -> dict[str, Any]:
        """Return the row as `bench --json` writes it."""
        measured = self.measurement
        row: dict[str, Any] = {
            "name": self.benchmark.name,
            "households": self.households,
            "seconds": _rounded(measured.seconds),
            "floor_seconds": _rounded(measured.floor_seconds),
            "ratio": _rounded(measured.ratio),
        }
        for name in ("p50_ms", "p95_ms", "p99_ms", "memory_mb", "statements", "precision", "recall", "f1", "rows"):
            if getattr(measured, name) is not None:
                row[name] = _rounded(getattr(measured, name))
        row |= {
            "runs": [_rounded(value) for value in measured.runs],
            "floor_runs": [_rounded(value) for value in measured.floor_runs],
            "floor": self.benchmark.floor,
            "goal": self.benchmark.goal,
            "goal_p95_ms": self.benchmark.goal_p95_ms,
            "goal_p99_ms": self.benchmark.goal_p99_ms,
            "met": self.met,
            "foreign_cores": _rounded(measured.foreign_cores),
            "contended": measured.contended,
            "note": measured.note,
        }
        return row


def _rounded(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float) else value


def table(rows: Sequence[Row]) -> str:
    """Return the rows as one table of plain text."""
    head = ["name", "households", "seconds", "floor", "ratio", "goal", "p50 ms", "p95 ms", "p99 ms", "met", "remarks"]
    lines = [head]
    for row in rows:
        measured, entry = row.measurement, row.benchmark
        goals = [f"≤ {entry.goal:g} ×"] if entry.goal is not None else []
        goals += [f"p95 ≤ {entry.goal_p95_ms:g}"] if entry.goal_p95_ms is not None else []
        goals += [f"p99 ≤ {entry.goal_p99_ms:g}"] if entry.goal_p99_ms is not None else []
        remarks = [f"{measured.rows:,} rows"] if measured.rows is not None else []
        remarks += [f"{measured.memory_mb:.0f} MB"] if measured.memory_mb is not None else []
        remarks += [f"{measured.statements} statements"] if measured.statements is not None else []
        remarks += [
            f"{name} {value:.4f}"
            for name, value in (("precision", measured.precision), ("recall", measured.recall), ("F1", measured.f1))
            if value is not None
        ]
        if measured.contended:
            remarks.append(f"contended ({measured.foreign_cores:.2f} cores used by others)")
        remarks += [measured.note] if measured.note else []
        lines.append(
            [
                entry.name,
                f"{row.households:,}",
                _figure(measured.seconds, 3),
                _figure(measured.floor_seconds, 3),
                _figure(measured.ratio, 2),
                ", ".join(goals),
                _figure(measured.p50_ms, 2),
                _figure(measured.p95_ms, 2),
                _figure(measured.p99_ms, 2),
                {True: "yes", False: "NO", None: "–"}[row.met],
                "; ".join(remarks),
            ]
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in {0, 5, 9, 10} else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _figure(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"
