"""Opening the vault: the database shows its rows only to a transaction that says who is reading.

The tables of the vault have row-level security (migration 0003). A transaction names its reader in `portal.vault`:
the number of a member of staff (from whom cases that name them stay hidden), or one of the words below. Without it no
row is found, counted, written or joined, whatever code asks. Why so: `docs/decisions/0013`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection, transaction

if TYPE_CHECKING:
    from ministry.models import User

# Whoever holds code and PIN; what runs by the clock and counts; the exchange of keys; the end of what is kept.
HOLDER, KEEPER, ROTATION, ERASING = "holder", "keeper", "rotation", "erasing"


@contextmanager
def opened(reader: "User | str") -> Iterator[None]:
    """Let everything inside read and write the vault as `reader`; in a transaction, and only there."""
    value = reader if isinstance(reader, str) else str(reader.pk)
    with transaction.atomic():
        before = _name_reader(value)
        yield
        # After an exception the savepoint takes the name back by itself.
        _name_reader(before)


def _name_reader(value: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('portal.vault', true), ''), set_config('portal.vault', %s, true)", [value]
        )
        return cursor.fetchone()[0]
