"""Asking the operating system about processes, and tying children to their parent."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1


def die_with_parent(signum: int, parent: int) -> None:
    """Ask the kernel to send `signum` to this process when its parent dies (Linux; elsewhere nothing happens).

    `parent` is the expected parent's id: when it died before this call, the signal is sent at once.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signum)


def tied_to_parent(signum: int) -> Callable[[], None]:
    """Return a `preexec_fn` that makes a child get `signum` when this process dies."""
    parent = os.getpid()
    return lambda: die_with_parent(signum, parent)


def call(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return its outcome; it never outlives this process, however that ends."""
    settings: dict[str, Any] = {"text": True, "check": False, "preexec_fn": tied_to_parent(signal.SIGKILL)}
    return subprocess.run(command, **(settings | options))


def command_line(pid: int) -> str:
    """Return the command line of a living process, empty when there is none of that id."""
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            if (proc / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return ""
            return (proc / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except (OSError, IndexError):
            return ""
    found = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout.strip()


def wait_until(condition: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Return whether `condition` came true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def stop(pid: int, signals: list[tuple[int, float]], gone: Callable[[], bool]) -> None:
    """Send `signals` one after another, each with the seconds it is given, until `gone()`."""
    for signum, seconds in signals:
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            return
        if wait_until(gone, seconds):
            return


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a server could listen on `host`:`port` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None) -> int:
    """Return a loopback port nobody listens on: the preferred one where it is free."""
    if preferred and port_is_free(preferred):
        return preferred
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
