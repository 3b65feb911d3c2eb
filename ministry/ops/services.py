"""The user's side of the embedded servers: have them while a command runs, leave them afterwards."""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ministry.ops import processes
from ministry.ops.checkout import Checkout
from ministry.ops.fault import Fault, disk_faults, require_space
from ministry.ops.keeper import SERVERS, Files, open_lock, stop_orphan, try_lock

# Seconds a keeper may take: a first Postgres on a slow disk, or a long crash recovery.
PATIENCE = 240
# Keepers tried, one after another, before giving up.
KEEPERS = 3


@contextmanager
def running(checkout: Checkout) -> Iterator[dict[str, str]]:
    """Give the environment variables of running servers: DATABASE_URL, REDIS_URL, DATA_DIR.

    A variable set by the operator stays as it is, and no server is started for it. Several commands of one checkout
    share the servers; the last one to leave waits until they have stopped.

    Raises:
        Fault: a server cannot be had.
    """
    with disk_faults(checkout.data_dir):
        checkout.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        # SECURITY: uploads are private; the folder above may be entered by the servers' account.
        (checkout.data_dir / "media").mkdir(mode=0o700, exist_ok=True)
    with ExitStack() as stack:
        env = {"DATA_DIR": str(checkout.data_dir)}
        wanted = [name for name, server in SERVERS.items() if not os.environ.get(server.url_variable)]
        uses = [stack.enter_context(_using(checkout, name)) for name in wanted]
        for name, files in zip(wanted, uses, strict=True):
            env[SERVERS[name].url_variable] = _wait_for(checkout, name, files)
        yield env


@contextmanager
def _using(checkout: Checkout, name: str) -> Iterator[Files]:
    """Hold a server: from here on nobody stops it."""
    with disk_faults(checkout.data_dir):
        files = Files(checkout, name)
        users = open_lock(files.users)
    try:
        fcntl.flock(users, fcntl.LOCK_SH)
        with disk_faults(checkout.data_dir):
            _ensure_keeper(checkout, name, files)
        yield files
    finally:
        os.close(users)
        _leave(checkout, name, files)


def _ensure_keeper(checkout: Checkout, name: str, files: Files) -> None:
    starting = open_lock(files.starting)
    try:
        fcntl.flock(starting, fcntl.LOCK_EX)
        if _kept(files):
            return
        known = files.read_state()
        files.write_state(port=known.get("port"))
        with files.log.open("ab") as log:
            files.process = keeper = subprocess.Popen(
                [sys.executable, "-m", "ministry.ops.keeper", name, str(checkout.root), str(checkout.data_dir)],
                cwd=checkout.root, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        # Until it holds its lock, the next one to look would start another.
        processes.wait_until(lambda: _kept(files) or keeper.poll() is not None, 30)
    finally:
        os.close(starting)


def _wait_for(checkout: Checkout, name: str, files: Files) -> str:
    """Return the server's URL once its keeper says so."""
    deadline, keepers = time.monotonic() + PATIENCE, 1
    while time.monotonic() < deadline:
        said = files.read_state()
        if said.get("url"):
            return str(said["url"])
        if said.get("fault"):
            raise Fault(str(said["fault"]))
        # Killed while it was starting the server; the state is read once more, it may have spoken in between.
        if not _kept(files) and not files.read_state().keys() & {"url", "fault"}:
            if keepers == KEEPERS:
                # A keeper cannot say so itself when there is no room for its words.
                require_space(checkout.data_dir, 5, f"the embedded {name}")
                raise Fault(f"The embedded {name} could not be started (see {files.log}).")
            keepers += 1
            _ensure_keeper(checkout, name, files)
        time.sleep(0.05)
    raise Fault(f"The embedded {name} did not start within {PATIENCE} seconds (see {files.log}).")


def _leave(checkout: Checkout, name: str, files: Files) -> None:
    """Wait until the server has stopped, unless others still use it."""
    deadline = time.monotonic() + 90
    while _kept(files) and time.monotonic() < deadline:
        users = open_lock(files.users)
        try:
            alone = try_lock(users, fcntl.LOCK_EX)
            # Neither lock can be had while the keeper is stopping the server: then waiting goes on.
            if not alone and try_lock(users, fcntl.LOCK_SH):
                return
        finally:
            os.close(users)
        time.sleep(0.05)
    if files.process is not None:
        files.process.poll()
    stop_orphan(checkout, name)


def _kept(files: Files) -> bool:
    """Return whether a keeper is alive."""
    keeper = open_lock(files.keeper)
    try:
        return not try_lock(keeper, fcntl.LOCK_EX)
    finally:
        os.close(keeper)
