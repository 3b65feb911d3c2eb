"""A whole portal of its own for a while: web server, worker and Redis as real processes that can be killed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from redis import Redis, RedisError

_STARTS_WITHIN = 60


class Stage:
    """The processes of one portal on the present database, with uploads in `folder`."""

    def __init__(self, folder: Path, application: str = "ministry.wsgi") -> None:
        self.folder, self.application = folder, application
        self.port, self.redis_port = _free_port(), _free_port()
        self.environment = os.environ | {
            "DATABASE_URL": _database_url(),
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "MEDIA_ROOT": str(folder / "media"),
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "ministry.settings.dev"),
            # All visitors come from one address here, as those of a village behind one mast do.
            "COMPLAINTS_PER_ADDRESS": str(10**6),
            # Nor do they stop to think: what they send is worked on, not held.
            "COMPLAINTS_FASTEST_SECONDS": "0",
            "COMPLAINTS_FILES_PER_ADDRESS": str(10**6),
        }
        self._program = redis_program()
        self._running: dict[str, subprocess.Popen] = {}

    def start_redis(self) -> None:
        """Start an empty Redis on the same port as before."""
        self._start("redis", [self._program, "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", ""])
        _wait(self._redis_answers, "Redis")

    def start_worker(self) -> None:
        self._start(
            "worker",
            [sys.executable, "-m", "celery", "-A", "ministry.celery", "worker", "-c", "1", "-l", "ERROR",
             "--without-gossip", "--without-mingle"],
        )  # fmt: skip

    def start_web(self) -> None:
        """Start the web server as `make run` does."""
        self._start(
            "web",
            [sys.executable, "-m", "gunicorn", self.application, "--bind", f"127.0.0.1:{self.port}", "--workers", "2",
             "--worker-class", "gthread", "--threads", "4", "--timeout", "60", "--log-level", "error",
             "--no-control-socket", "--backlog", "512"],
        )  # fmt: skip
        _wait(lambda: _listens(self.port), "the web server")

    def kill(self, name: str) -> None:
        """End a part with all its processes at once, as a power cut would."""
        process = self._running.pop(name, None)
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def kill_one_web_process(self) -> None:
        """Kill one of the server's workers in the middle of what it does; the server starts another."""
        parent = self._running["web"].pid
        children = Path(f"/proc/{parent}/task/{parent}/children")
        if children.exists() and (found := children.read_text().split()):
            os.kill(int(found[0]), signal.SIGKILL)

    def close(self) -> None:
        for name in list(self._running):
            self.kill(name)

    def _start(self, name: str, command: list[str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603  (our own commands)
                command,
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _redis_answers(self) -> bool:
        try:
            return bool(Redis(port=self.redis_port, socket_timeout=1).ping())
        except RedisError:
            return False


@contextmanager
def stage(folder: Path, **options: Any) -> Iterator[Stage]:
    """Run a portal; nothing of it outlives the block."""
    running = Stage(folder, **options)
    try:
        running.start_redis()
        running.start_worker()
        running.start_web()
        yield running
    finally:
        running.close()


def redis_program() -> str:
    """Return the program the present Redis was started from, else the one in the path.

    Raises:
        ImproperlyConfigured: there is none on this machine.
    """
    said: Any = {}
    try:
        said = Redis.from_url(settings.REDIS_URL, socket_timeout=2).info("server")
    except RedisError:
        said = {}
    for program in (str(said.get("executable", "")), shutil.which("redis-server") or ""):
        if program and Path(program).name.startswith("redis-server") and os.access(program, os.X_OK):
            return program
    raise ImproperlyConfigured("There is no redis-server on this machine to start another of.")


def _database_url() -> str:
    values = connection.settings_dict
    secret = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
    return f"postgres://{values['USER']}{secret}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


def _free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


def _listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def _wait(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _STARTS_WITHIN
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not start within {_STARTS_WITHIN} s.")
        time.sleep(0.1)
