"""How much of the machine was ours while a measurement ran, read from /proc (Linux; elsewhere nothing is known)."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

_PROC = Path("/proc")
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class _Usage:
    at: float
    busy: float
    ours: float


class ForeignCpu:
    """Context manager: afterwards `cores` is what programs other than ours used, None where it cannot be told.

    Ours are this process with its children, and the database server with all of its processes when it runs on this
    machine. Sessions of other databases on the same server would be taken for ours; a bench server should have none.
    """

    cores: float | None = None

    def __enter__(self) -> "ForeignCpu":
        self._server = _server_pid()
        self._before = _usage(self._server)
        return self

    def __exit__(self, *_exception: object) -> None:
        after = _usage(self._server)
        if self._before and after and after.at > self._before.at:
            others = (after.busy - self._before.busy) - (after.ours - self._before.ours)
            # Ticks are counted to the hundredth of a second: a short run can come out slightly below nothing.
            self.cores = max(0.0, others / (after.at - self._before.at))


def _server_pid() -> int | None:
    """Return the pid of the database server's first process, if it is one of this machine's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), current_setting('data_directory', true)")
        backend = cursor.fetchone()[0]
    stat = _stat(backend)
    name = _PROC / str(backend) / "comm"
    try:
        ours = "postgres" in name.read_text()
    except OSError:
        return None
    return int(stat[1]) if stat and ours else None


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat after the program's name (which may hold spaces): state, parent, …"""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _usage(server: int | None) -> _Usage | None:
    try:
        fields = (_PROC / "stat").read_text().splitlines()[0].split()[1:]
    except OSError:
        return None
    user, nice, system, _idle, _iowait, irq, softirq = (int(value) for value in fields[:7])
    processes: dict[int, tuple[int, float]] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and (stat := _stat(int(folder.name))):
            # utime, stime, and those of children that have ended
            processes[int(folder.name)] = int(stat[1]), sum(int(value) for value in stat[11:15]) / _TICK
    roots = {os.getpid()} | ({server} if server else set())
    ours = sum(spent for pid, (_parent, spent) in processes.items() if _descends(pid, roots, processes))
    return _Usage(time.monotonic(), (user + nice + system + irq + softirq) / _TICK, ours)


def _descends(pid: int, roots: set[int], processes: dict[int, tuple[int, float]]) -> bool:
    while pid in processes:
        if pid in roots:
            return True
        pid = processes[pid][0]
    return False


def peak_memory_mb(*, reset: bool = False) -> float | None:
    """Return the most memory this process has held, in MB; with `reset` the count starts anew."""
    try:
        if reset:
            (_PROC / "self" / "clear_refs").write_text("5")
        lines = (_PROC / "self" / "status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), None)
