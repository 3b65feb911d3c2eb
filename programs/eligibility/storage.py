"""Where a run's decisions stand: a bare table while they are loaded, then with keys, then a partition of them all.

Row by row, foreign keys and indexes cost more than the whole sweep; added to the loaded table they are checked in one
pass. Each key is equal to the parent's, so that attaching the table takes them over instead of building them again.
"""

from django.db import connection

# Adding and attaching a foreign key stops writes to the registry for a moment; better to be refused and tried again
# than to stand in everybody's way behind a long import.
_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'"


def table_of(run_id: int) -> str:
    """Return the name of a run's table."""
    return f"programs_eligibilitydecision_{int(run_id)}"


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def create_table(run_id: int) -> None:
    """Make the run's table, without keys; not yet a partition, so nobody sees what is in it."""
    table = table_of(run_id)
    _execute(
        f"CREATE TABLE {table} (run_id bigint NOT NULL DEFAULT {int(run_id)}, household_id bigint NOT NULL,"
        " decision varchar(20) NOT NULL, failed integer[] NOT NULL, unknown integer[] NOT NULL, score double precision)"
    )


def add_keys(run_id: int) -> None:
    """Add primary key, index and foreign keys to the loaded table; the foreign keys are not checked yet.

    The primary key is also the proof that no household was decided twice.
    """
    table = table_of(run_id)
    _execute(
        _LOCK_TIMEOUT,
        f"ALTER TABLE {table} ALTER COLUMN run_id DROP DEFAULT,"
        f" ADD PRIMARY KEY (run_id, household_id),"
        f" ADD CONSTRAINT {table}_one CHECK (run_id = {int(run_id)})",
        f"CREATE INDEX ON {table} (household_id)",
        f"ALTER TABLE {table}"
        f" ADD CONSTRAINT eligibility_decision_run FOREIGN KEY (run_id) REFERENCES programs_eligibilityrun (id)"
        f" DEFERRABLE INITIALLY DEFERRED NOT VALID,"
        f" ADD CONSTRAINT eligibility_decision_household FOREIGN KEY (household_id)"
        f" REFERENCES beneficiaries_household (id) DEFERRABLE INITIALLY DEFERRED NOT VALID",
    )


def check_keys(run_id: int) -> None:
    """Check the foreign keys over all rows at once; readers and writers of the registry go on meanwhile."""
    _execute(
        f"ALTER TABLE {table_of(run_id)} VALIDATE CONSTRAINT eligibility_decision_run,"
        " VALIDATE CONSTRAINT eligibility_decision_household"
    )


def attach_table(run_id: int) -> None:
    """Make the run's table a partition: from the commit on, its decisions are there, all at once."""
    table = table_of(run_id)
    _execute(
        _LOCK_TIMEOUT,
        f"ALTER TABLE programs_eligibilitydecision ATTACH PARTITION {table} FOR VALUES IN ({int(run_id)})",
        # Said by the partition now.
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_one",
        f"ANALYZE {table}",
    )


def drop_table(run_id: int) -> None:
    """Remove the run's decisions, loaded or half loaded; nothing happens where there are none."""
    _execute(_LOCK_TIMEOUT, f"DROP TABLE IF EXISTS {table_of(run_id)}")
