"""The keeper of one embedded server: starts it, starts it again when it dies, stops it when nobody uses it any more.

Every command that needs a server holds a shared lock on it while it runs (`ministry.ops.services`). The kernel lets the
lock go however the command ends, kill -9 included, and the keeper then gets it for itself: nothing is left running, and
nothing has to be cleaned up by hand.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ministry.ops import processes
from ministry.ops.checkout import Checkout
from ministry.ops.fault import Fault
from ministry.ops.postgres import Postgres
from ministry.ops.redis_server import Redis

SERVERS: dict[str, type[Postgres] | type[Redis]] = {Postgres.name: Postgres, Redis.name: Redis}
# Seconds between two looks at the server and the lock.
PERIOD = 0.2
# A server that dies this often, one start after another, is left alone.
MOST_RESTARTS = 5


class Files:
    """The files by which users and keeper of one server know of each other."""

    def __init__(self, checkout: Checkout, name: str) -> None:
        folder = checkout.data_dir / "services"
        folder.mkdir(parents=True, exist_ok=True)
        self.users = folder / f"{name}.users.lock"  # shared: each user; exclusive: the keeper that stops the server
        self.starting = folder / f"{name}.starting.lock"  # exclusive: who looks whether there is a keeper
        self.keeper = folder / f"{name}.keeper.lock"  # exclusive: the keeper, as long as it lives
        self.state = folder / f"{name}.json"
        self.log = folder / f"{name}.keeper.log"
        self.process: subprocess.Popen[bytes] | None = None  # the keeper, where this command started it

    def read_state(self) -> dict[str, Any]:
        """Return what the keeper last said: `url`, `port`, or `fault`; empty while it has said nothing."""
        try:
            return dict(json.loads(self.state.read_text()))
        except (OSError, ValueError):
            return {}

    def write_state(self, **said: Any) -> None:
        unfinished = self.state.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(said))
        unfinished.rename(self.state)


def open_lock(path: Path) -> int:
    """Open a lock file; the lock itself is taken with `flock`. Children started later do not inherit it."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_lock(descriptor: int, kind: int) -> bool:
    """Take a lock if it can be had at once."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def keep(checkout: Checkout, name: str) -> None:
    """Keep the server `name` of this checkout until its last user has gone."""
    files = Files(checkout, name)
    own = open_lock(files.keeper)
    # Somebody asking whether there is a keeper holds this lock for an instant.
    if not processes.wait_until(lambda: try_lock(own, fcntl.LOCK_EX), 2):
        return
    last_port = files.read_state().get("port")
    try:
        server = SERVERS[name](checkout)
        if not server.adopt():
            server.start(last_port)
    except Fault as fault:
        files.write_state(fault=str(fault), port=last_port, keeper=os.getpid())
        return
    files.write_state(url=server.url, port=server.port, keeper=os.getpid())
    _watch(server, files)


def stop_orphan(checkout: Checkout, name: str) -> None:
    """Stop a server whose keeper was killed, unless somebody uses it."""
    users = open_lock(Files(checkout, name).users)
    try:
        if try_lock(users, fcntl.LOCK_EX):
            server = SERVERS[name](checkout)
            if server.adopt():
                server.stop()
    finally:
        os.close(users)


def _watch(server: Postgres | Redis, files: Files) -> None:
    users = open_lock(files.users)
    restarts, steady_since = 0, time.monotonic()
    while not try_lock(users, fcntl.LOCK_EX):
        time.sleep(PERIOD)
        if time.monotonic() - steady_since > 60:
            restarts = 0
        if server.alive():
            continue
        restarts, steady_since = restarts + 1, time.monotonic()
        print(f"{server.name} has died and is started again.", flush=True)
        try:
            server.start(server.port)
        except Fault as fault:
            print(fault, flush=True)
            time.sleep(min(2.0**restarts, 30.0))
        if restarts > MOST_RESTARTS:
            files.write_state(fault=f"The embedded {server.name} died {restarts} times in a row (see {server.log}).")
            return
        files.write_state(url=server.url, port=server.port, keeper=os.getpid())
    server.stop()


if __name__ == "__main__":
    # Ctrl-C at the terminal is meant for the command, not for the server others may be using.
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    keep(Checkout(root=Path(sys.argv[2]), data_dir=Path(sys.argv[3])), sys.argv[1])
