"""Where benchmarks and what they need are made known."""

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from ministry.benchmarks.context import Bench
    from ministry.benchmarks.measurement import Measurement

# The order in which the table is printed and the work is done: each step finds what the former left.
ORDER = (
    "import",
    "history",
    "facts",
    "scores",
    "search",
    "entry_check",
    "duplicates",
    "eligibility",
    "whatif",
    "explain",
    "payments",
    "payfile",
    "pages",
    "complaints",
)


@dataclass(frozen=True)
class Benchmark:
    """One measurement: its name in design §9, how its floor is defined, and the goal."""

    name: str
    function: "Callable[[Bench], Measurement]"
    # What the floor does, in words, for the reader of the table.
    floor: str
    # The largest ratio to the floor that is good enough; nothing where the goal is in milliseconds.
    goal: float | None = None
    # The largest p95 or p99 in milliseconds, where the goal is one.
    goal_p95_ms: float | None = None
    goal_p99_ms: float | None = None
    # States that must be there first (names of preparations).
    needs: Sequence[str] = ()
    # States that the measurement itself leaves behind, so that they need not be made again.
    provides: Sequence[str] = ()


@dataclass(frozen=True)
class Preparation:
    """A state of the scratch database that benchmarks stand on, made once per run."""

    name: str
    function: "Callable[[Bench], None]"
    needs: Sequence[str] = ()


benchmarks: dict[str, Benchmark] = {}
preparations: dict[str, Preparation] = {}


def benchmark(
    name: str,
    *,
    floor: str,
    goal: float | None = None,
    goal_p95_ms: float | None = None,
    goal_p99_ms: float | None = None,
    needs: Sequence[str] = (),
    provides: Sequence[str] = (),
) -> "Callable[[Callable[[Bench], Measurement]], Callable[[Bench], Measurement]]":
    """Make a function known as the measurement `name`."""

    def register(function: "Callable[[Bench], Measurement]") -> "Callable[[Bench], Measurement]":
        known = benchmarks.get(name)
        if known and known.function.__qualname__ != function.__qualname__:
            raise ImproperlyConfigured(f"Two benchmarks are called {name}.")
        benchmarks[name] = Benchmark(name, function, floor, goal, goal_p95_ms, goal_p99_ms, needs, provides)
        return function

    return register


def preparation(
    name: str, *, needs: Sequence[str] = ()
) -> "Callable[[Callable[[Bench], None]], Callable[[Bench], None]]":
    """Make a function known as what brings about the state `name`."""

    def register(function: "Callable[[Bench], None]") -> "Callable[[Bench], None]":
        preparations[name] = Preparation(name, function, needs)
        return function

    return register


def discover() -> list[Benchmark]:
    """Import the `benchmarks` package of every app and return what they hold, in the order of the table.

    Higher apps are found by name and never imported by the core's modules, so the ladder stays one-way.
    """
    for config in apps.get_app_configs():
        package_name = f"{config.name}.benchmarks"
        if config.name == "ministry" or find_spec(package_name) is None:
            continue
        package = import_module(package_name)
        for module in pkgutil.iter_modules(getattr(package, "__path__", []), f"{package_name}."):
            import_module(module.name)
    ranks = {name: rank for rank, name in enumerate(ORDER)}
    return sorted(benchmarks.values(), key=lambda entry: (ranks.get(entry.name, len(ranks)), entry.name))
