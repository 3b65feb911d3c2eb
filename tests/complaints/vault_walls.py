"""What is seen from outside the vault: a database role like production's, and what all other tables hold."""

import os

import pytest
from django.db import connection


@pytest.fixture
def ordinary_role(db: None) -> None:
    """Let the test run as production does: as a role of the database that is no superuser, so that rows are closed."""
    name = f"portal_test_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE ROLE {name} NOLOGIN;"
            f" GRANT ALL ON ALL TABLES IN SCHEMA public TO {name};"
            f" GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {name};"
            f" SET LOCAL ROLE {name}"
        )
    # The transaction that ends with the test takes role and grants away again.


def _tables(condition: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND {condition} ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def outside() -> dict[str, str]:
    """Return a digest of every table outside the vault, and the last number of every sequence outside it."""
    found: dict[str, str] = {}
    with connection.cursor() as cursor:
        for table in _tables("tablename NOT LIKE 'complaints_vault%'"):
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{table}\" t")
            found[table] = cursor.fetchone()[0]
        cursor.execute("SELECT sequencename, last_value::text FROM pg_sequences WHERE schemaname = 'public'")
        found |= {name: value for name, value in cursor.fetchall() if not name.startswith("complaints_vault")}
    return found


def whole_database() -> str:
    """Return everything the database holds as text, the vault included, as a dump would."""
    parts = []
    with connection.cursor() as cursor:
        for table in _tables("true"):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM \"{table}\" t")
            parts.append(cursor.fetchone()[0])
    return "\n".join(parts)
