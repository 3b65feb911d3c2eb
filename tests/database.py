"""Emptying the test database after something that committed."""

import pgtrigger
from django.core.management import call_command
from django.db import connection


def empty() -> None:
    """Remove every row, past the triggers that forbid it; numbers once given out are not given out again."""
    with pgtrigger.ignore():
        call_command("flush", interactive=False, verbosity=0, reset_sequences=False)
    drop_tables_of_checks()


def drop_tables_of_checks() -> None:
    """Remove the partitions of eligibility decisions, which emptying their parent leaves behind."""
    with connection.cursor() as cursor:
        cursor.execute(r"SELECT tablename FROM pg_tables WHERE tablename ~ '^programs_eligibilitydecision_\d+$'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TABLE "{name}"')
