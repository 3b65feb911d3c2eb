"""What every test needs."""

import pgtrigger
import pytest
from django.db import connection
from django.test import TransactionTestCase

from ministry.translations import compile_catalogues


@pytest.fixture(autouse=True, scope="session")
def _fresh_catalogues() -> None:
    """Compiled catalogues are not in the repository; pages are tested in the words the sources have now."""
    compile_catalogues()


def _drop_partitions() -> None:
    """Remove the tables of checks that the emptying left behind: their numbers are given out again."""
    with connection.cursor() as cursor:
        cursor.execute(r"SELECT tablename FROM pg_tables WHERE tablename ~ '^programs_eligibilitydecision_\d+$'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TABLE "{name}"')


def _empty_tables_past_the_guards() -> None:
    """Let the emptying of the test database after a transactional test pass the triggers that forbid it."""
    teardown = TransactionTestCase._fixture_teardown

    def teardown_without_guards(self: TransactionTestCase) -> None:
        with pgtrigger.ignore():
            teardown(self)
        _drop_partitions()

    TransactionTestCase._fixture_teardown = teardown_without_guards


_empty_tables_past_the_guards()
