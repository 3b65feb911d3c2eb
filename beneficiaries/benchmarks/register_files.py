"""The invented register on which everything is measured."""

import datetime as dt

from beneficiaries.demo import write_register
from ministry.benchmarks import Bench, preparation

# Fixed, so that every run measures the same people whenever it takes place.
SEED = 20
SEEN_ON = dt.date(2026, 11, 1)
HOUSEHOLDS_FILE = "households.csv"
INDIVIDUALS_FILE = "individuals.csv"


@preparation("register files")
def register_files(bench: Bench) -> None:
    """Write the register's files (and the truth about doubles) into the run's folder."""
    write_register(bench.folder, households=bench.households, seed=SEED, on=SEEN_ON)
