"""Real worker processes for tests that kill them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from redis import Redis

ROOT = Path(__file__).resolve().parent.parent


class WorkerProcess:
    """A Celery worker on the test database; `include` names modules with kinds and tasks of the test's own."""

    def __init__(self, *, include: tuple[str, ...] = (), arguments: tuple[str, ...] = ()) -> None:
        command = [sys.executable, "-m", "celery", "-A", "ministry.celery", "worker", "-c", "1", "-l", "WARNING"]
        for module in include:
            command += ["-I", module]
        self.process = subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle", *arguments],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "ministry.settings.test"},
            start_new_session=True,
        )

    def kill(self) -> None:
        """End the worker and its pool at once, as a power cut would."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def worker(*, include: tuple[str, ...] = (), arguments: tuple[str, ...] = ()) -> Iterator[WorkerProcess]:
    """Run a worker; it does not outlive the block."""
    started = WorkerProcess(include=include, arguments=arguments)
    try:
        yield started
    finally:
        started.kill()


@contextmanager
def beat() -> Iterator[None]:
    """Run the clock on the schedules of the test database, which must be loaded (`schedules.load()`)."""
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "ministry.celery", "beat", "-l", "WARNING", "--pidfile="],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "ministry.settings.test"},
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def database_url() -> str:
    """Return the address of the test database."""
    values = connection.settings_dict
    secret = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
    return f"postgres://{values['USER']}{secret}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


def empty_queue() -> None:
    """Empty the test's Redis database, messages included."""
    Redis.from_url(settings.REDIS_URL).flushdb()


def wait_until(true: Callable[[], object], *, seconds: float = 60, what: str = "") -> None:
    """Wait for something that another process brings about."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"Not within {seconds} s: {what or true}")
        time.sleep(0.1)
