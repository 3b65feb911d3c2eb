"""What every test needs."""

import pgtrigger
import pytest
from django.test import TransactionTestCase
from django.utils import translation

from ministry.translations import compile_catalogues
from tests.database import drop_tables_of_checks
from tests.visitors import strangers, visitors, world

__all__ = ["strangers", "visitors", "world"]


@pytest.fixture(autouse=True)
def _language_of_the_portal() -> None:
    """No test finds the language a reader of an earlier one chose."""
    translation.deactivate()


@pytest.fixture(autouse=True, scope="session")
def _fresh_catalogues() -> None:
    """Compiled catalogues are not in the repository; pages are tested in the words the sources have now."""
    compile_catalogues()


def _empty_tables_past_the_guards() -> None:
    """Let the emptying of the test database after a transactional test pass the triggers that forbid it."""
    teardown = TransactionTestCase._fixture_teardown

    def teardown_without_guards(self: TransactionTestCase) -> None:
        with pgtrigger.ignore():
            teardown(self)
        drop_tables_of_checks()

    TransactionTestCase._fixture_teardown = teardown_without_guards


_empty_tables_past_the_guards()
