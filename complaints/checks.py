"""What is checked when a deployment is: `manage.py check --deploy --database default`."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connection


@register(Tags.database, deploy=True)
def role_is_held_by_row_security(databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """Warn where the portal's own role of the database passes row-level security, which closes the vault."""
    if not databases or "default" not in databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        passes = cursor.fetchone()[0]
    if not passes:
        return []
    return [
        Warning(
            "The database role of DATABASE_URL passes row-level security.",
            hint="Use an ordinary role, so that the confidential cases are closed by the database as well.",
            id="complaints.W001",
        )
    ]
