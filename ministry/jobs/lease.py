"""Holding a job: at most one process works on it, and everybody can see that it is alive."""

import threading
from types import TracebackType
from typing import Any, Self

import psycopg2
import structlog
from django.db import connection

log = structlog.get_logger(__name__)

# Seconds between two signs of life. A job without one for STALE_SECONDS (see `adoption`) is picked up by others.
HEARTBEAT_SECONDS = 5
# The first number of the advisory lock, so that it meets no other use of advisory locks; the second is the job.
_LOCK_SPACE = 0x4A4F42  # "JOB"


class Lease:
    """A session-level advisory lock on a job, held on a connection of its own, and the thread that keeps it alive.

    The server frees the lock the moment the process dies, and within half a minute when its machine does. The
    connection must reach Postgres itself or a pooler in session mode.
    """

    def __init__(self, job_id: int) -> None:
        self._job_id = job_id
        self._connection: Any = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.held = False
        # Set when the connection broke: another process may hold the job now.
        self.lost = threading.Event()

    def __enter__(self) -> Self:
        self._connection = connection.get_new_connection(connection.get_connection_params())
        self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SET application_name = 'portal job'; SET tcp_keepalives_idle = 10; "
                "SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
            )
            # Job ids beyond 2³¹ wrap; a clash only makes one of the two wait.
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_SPACE, self._job_id % 2**31])
            self.held = cursor.fetchone()[0]
        if self.held:
            self._thread = threading.Thread(target=self._beat, name=f"job-{self._job_id}-heartbeat", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=HEARTBEAT_SECONDS)
        # Closing the session frees the lock.
        self._connection.close()
        self.held = False

    def _beat(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            try:
                with self._connection.cursor() as cursor:
                    # A step that has just changed the job's row keeps it locked for a moment: skip, do not wait.
                    cursor.execute(
                        "UPDATE ministry_job SET heartbeat_at = clock_timestamp() WHERE id = "
                        "(SELECT id FROM ministry_job WHERE id = %s FOR UPDATE SKIP LOCKED)",
                        [self._job_id],
                    )
            except psycopg2.Error:
                log.warning("job_lease_lost", job_id=self._job_id)
                self.lost.set()
                return
