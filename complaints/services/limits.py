"""How often something may be tried. Counted in Postgres, so that it holds while Redis is down; no address is kept."""

import time

from django.db import connection

from complaints.secrets import mark


def count(what: str, who: str, *, seconds: int) -> int:
    """Count one more try of `what` by `who`, and return how many there were in this stretch of time."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO complaints_attempt (key, stretch, count, at) VALUES (%s, %s, 1, now())
            ON CONFLICT (key, stretch) DO UPDATE SET count = complaints_attempt.count + 1, at = now()
            RETURNING count
            """,
            [mark(what, who), int(time.time()) // seconds],
        )
        return cursor.fetchone()[0]


def so_far(what: str, who: str, *, seconds: int) -> int:
    """Return how many tries there were in this stretch of time, without counting one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(count), 0) FROM complaints_attempt WHERE key = %s AND stretch = %s",
            [mark(what, who), int(time.time()) // seconds],
        )
        return cursor.fetchone()[0]
