"""`make run`: from a bare machine to a portal that answers."""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import DEVNULL

from ministry.ops import assets, environment, probe, processes, services
from ministry.ops.checkout import Checkout
from ministry.ops.fault import Fault, disk_faults, require_space
from ministry.ops.keeper import open_lock, try_lock
from ministry.ops.supervisor import Program, Supervisor

# Seconds given to an earlier run of this checkout to end, and to a port to be let go.
PATIENCE = 20
PORT_PATIENCE = 5


def run(checkout: Checkout) -> None:
    """Prepare everything, then run web, worker and beat until Ctrl-C.

    Raises:
        Fault: something that this command cannot mend by itself.
    """
    host, port = address()
    with _only_run(checkout):
        _require_port(host, port)
        environment.ensure(checkout, "run")
        assets.ensure(checkout)
        with services.running(checkout) as servers:
            env = child_environment(checkout, servers)
            # Nothing answers before the database fits the code.
            prepare(checkout, env)
            _require_port(host, port)
            supervisor = Supervisor(_programs(checkout, host, port), env=env, cwd=checkout.root)
            supervisor.run(tick=_announcement(checkout, env, host, port))
    print("The portal has stopped.", flush=True)


def prepare(checkout: Checkout, env: dict[str, str]) -> None:
    """Bring database, reference data, translations and static files up to date; an empty one gets the demo ministry."""
    result = processes.call([str(checkout.python), "manage.py", "prepare"], cwd=checkout.root, env=env)
    if result.returncode:
        require_space(checkout.data_dir, 20, "the portal")
        raise Fault("The portal was not started, because it could not be prepared; the lines above say why.")


def address() -> tuple[str, int]:
    """Return where the portal listens: HOST (loopback unless set) and PORT (8000 unless set)."""
    raw = os.environ.get("PORT") or "8000"
    if not raw.isdecimal() or not 1 <= int(raw) <= 65535:
        raise Fault(f"PORT must be a number from 1 to 65535, not {raw!r}.")
    return os.environ.get("HOST") or "127.0.0.1", int(raw)


def child_environment(checkout: Checkout, servers: dict[str, str]) -> dict[str, str]:
    """Return the environment of the portal's own processes; the operator's variables come first, except for paths."""
    env = {"DJANGO_SETTINGS_MODULE": "ministry.settings.dev", **os.environ, **servers}
    env["PATH"] = f"{checkout.venv / 'bin'}{os.pathsep}{env.get('PATH', os.defpath)}"
    env["VIRTUAL_ENV"] = str(checkout.venv)
    env["PYTHONUNBUFFERED"] = "1"
    # What started us must not be taken for a setting of theirs.
    for name in ("PYTHONHOME", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        env.pop(name, None)
    return env


def _programs(checkout: Checkout, host: str, port: int) -> list[Program]:
    python = str(checkout.python)
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    celery = [python, "-m", "celery", "--app", "ministry.celery", "--quiet"]
    return [
        Program(
            "web",
            [python, "-m", "gunicorn", "ministry.wsgi", "--bind", bind, "--workers", "2", "--worker-class", "gthread",
             "--threads", "4", "--timeout", "60", "--graceful-timeout", "10", "--no-control-socket"],
            grace=15.0, orphan_signal=signal.SIGQUIT,
        ),
        Program(
            "worker",
            [*celery, "worker", "--concurrency", str(min(os.cpu_count() or 2, 4)), "--loglevel", "INFO",
             "--without-gossip", "--without-mingle", "--max-tasks-per-child", "200"],
            # Jobs are cut into short chunks and are picked up again, so ending does not wait for a whole one.
            grace=15.0, orphan_signal=signal.SIGQUIT, delay=2.0,
        ),
        Program(
            "beat",
            [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""],
            grace=10.0, delay=3.0,
        ),
    ]  # fmt: skip


def _announcement(checkout: Checkout, env: dict[str, str], host: str, port: int) -> Callable[[], None]:
    """Return a function that, once the portal answers, says where and who may sign in."""
    reachable = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  (compared only)
    shown = f"http://{'[' + reachable + ']' if ':' in reachable else reachable}:{port}/"
    allowed = probe.allowed_host(env, "localhost")
    state = {"said": False, "next": 0.0}

    def tick() -> None:
        if state["said"] or time.monotonic() < state["next"]:
            return
        state["next"] = time.monotonic() + 0.3
        # Asked as a proxy asks: production sends plain requests on to TLS, and knows only its own hosts.
        if not probe.answers("/healthz", port=port, host=allowed, address=reachable):
            return
        state["said"] = True
        print(f"\nThe portal answers at {shown} — Ctrl-C stops it.\n", flush=True)
        processes.call(
            [str(checkout.python), "manage.py", "demo", "--sign-ins"], cwd=checkout.root, env=env, stderr=DEVNULL
        )

    return tick


def _require_port(host: str, port: int) -> None:
    """Wait for a port that an ended run is still letting go of.

    Raises:
        Fault: another program listens on it.
    """
    if host not in {"127.0.0.1", "0.0.0.0", "::1", "::", "localhost"}:  # noqa: S104  (compared only)
        return
    probed = "127.0.0.1" if host == "localhost" else host
    if not processes.wait_until(lambda: processes.port_is_free(port, probed), PORT_PATIENCE, every=0.2):
        raise Fault(f"Port {port} is in use by another program; stop it, or choose another: make run PORT={port + 1}")


@contextmanager
def _only_run(checkout: Checkout) -> Iterator[None]:
    """Hold the right to be this checkout's one running portal; one that is just ending is waited for.

    Raises:
        Fault: the portal of this checkout is running already.
    """
    with disk_faults(checkout.data_dir):
        checkout.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        lock = open_lock(checkout.data_dir / "run.lock")
    try:
        if not try_lock(lock, fcntl.LOCK_EX):
            print("Waiting for this checkout's running portal to end …", file=sys.stderr, flush=True)
            if not processes.wait_until(lambda: try_lock(lock, fcntl.LOCK_EX), PATIENCE):
                holder = os.pread(lock, 20, 0).decode().strip()
                raise Fault(f"The portal of this checkout is running already (process {holder}); stop it first.")
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(lock)
