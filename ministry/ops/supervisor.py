"""A supervisor for the portal's own processes: one log, restarts, and one end for all.

It is small on purpose: what it starts, it stops; what dies, it starts again with growing pauses; what keeps dying ends
the whole with a sentence. When the supervisor itself is killed, the kernel ends its processes (Linux).
"""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ministry.ops import processes
from ministry.ops.fault import Fault

# Deaths within STEADY seconds of a start that make a process hopeless, and the longest pause before a restart.
MOST_DEATHS = 5
STEADY = 30.0
LONGEST_PAUSE = 10.0
# Ctrl-C, a service manager, a closed terminal.
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Program:
    """One process to keep alive."""

    name: str
    command: list[str]
    # How it is asked to end, and how many seconds it has before it is killed.
    stop_signal: int = signal.SIGTERM
    grace: float = 20.0
    # What it gets when the supervisor is killed: an end without waiting for work in hand.
    orphan_signal: int = signal.SIGTERM
    # Seconds its first start waits, so that who is waited for has the processor.
    delay: float = 0.0


@dataclass
class _Life:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    deaths: int = 0
    pending: bytes = field(default=b"", repr=False)


class Supervisor:
    """Runs programs until it is told to stop or one of them is hopeless."""

    def __init__(self, programs: list[Program], *, env: dict[str, str], cwd: Path, first_pause: float = 0.5) -> None:
        self._lives = [_Life(program) for program in programs]
        self._env = env
        self._cwd = cwd
        self._first_pause = first_pause
        self._width = max(len(program.name) for program in programs)
        self._selector = selectors.DefaultSelector()
        self._asked_to_stop = False
        self._deaf = False

    def run(self, *, tick: Callable[[], None] = lambda: None) -> None:
        """Start everything and stay until one of STOP_SIGNALS comes; `tick` is called about five times a second.

        Raises:
            Fault: a program died again and again; everything has been stopped by then.
        """
        before = {signum: signal.signal(signum, self._stop_soon) for signum in STOP_SIGNALS}
        try:
            for life in self._lives:
                life.start_again_at = time.monotonic() + life.program.delay
            while not self._asked_to_stop:
                self._bury()
                self._read(0.2)
                tick()
        finally:
            self._stop_all()
            for signum, handler in before.items():
                signal.signal(signum, handler)

    def _stop_soon(self, signum: int, _frame: object) -> None:
        if self._asked_to_stop:
            # A second Ctrl-C: no more waiting.
            for life in self._lives:
                self._kill_group(life)
        self._asked_to_stop = True

    def _start(self, life: _Life) -> None:
        life.process = subprocess.Popen(
            life.program.command, cwd=self._cwd, env=self._env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            # A session of its own: Ctrl-C reaches the supervisor alone, and the group can be swept as one.
            stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=processes.tied_to_parent(life.program.orphan_signal),
        )  # fmt: skip
        life.started_at = time.monotonic()
        assert life.process.stdout is not None  # noqa: S101
        os.set_blocking(life.process.stdout.fileno(), False)
        self._selector.register(life.process.stdout, selectors.EVENT_READ, life)

    def _read(self, seconds: float) -> None:
        """Pass on what the programs say, line by line, with their names."""
        if not self._selector.get_map():
            time.sleep(seconds)
            return
        for key, _events in self._selector.select(seconds):
            try:
                data = os.read(key.fd, 65536)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if data:
                self._say(key.data, data)
            else:
                self._close(key.fileobj)

    def _say(self, life: _Life, data: bytes) -> None:
        *lines, life.pending = (life.pending + data).split(b"\n")
        if len(life.pending) > 65536:
            lines, life.pending = [*lines, life.pending], b""
        for line in lines:
            self._print(f"{life.program.name:<{self._width}} | {line.decode(errors='replace')}")

    def _print(self, line: str) -> None:
        """Print; when nobody reads any more (a closed pipe, a full disk) the portal goes on without a log."""
        if self._deaf:
            return
        try:
            print(line, flush=True)
        except (OSError, ValueError):
            self._deaf = True
            sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115  (for the rest of the process)

    def _bury(self) -> None:
        """Start what is due; note what has died, to be started again after a pause."""
        now = time.monotonic()
        for life in self._lives:
            if life.process is None:
                if now >= life.start_again_at:
                    self._start(life)
                continue
            code = life.process.poll()
            if code is None:
                continue
            # Its own children may outlive it: pool workers would go on with work that is about to start again.
            self._kill_group(life)
            self._drain(life)
            life.process = None
            life.deaths = 1 if now - life.started_at > STEADY else life.deaths + 1
            if life.deaths > MOST_DEATHS:
                raise Fault(
                    f"The {life.program.name} process ended {life.deaths} times within {STEADY:.0f} s of a start; "
                    "the lines above say why."
                )
            pause = min(self._first_pause * 2 ** (life.deaths - 1), LONGEST_PAUSE)
            life.start_again_at = now + pause
            self._say(life, f"ended with {outcome(code)}; started again in {pause:.1f} s\n".encode())

    def _stop_all(self) -> None:
        """Ask every program to end at once, wait for each, and kill what does not listen."""
        alive = [life for life in self._lives if life.process is not None]
        for life in alive:
            if life.process and life.process.poll() is None:
                life.process.send_signal(life.program.stop_signal)
        deadlines = {id(life): time.monotonic() + life.program.grace for life in alive}
        while alive:
            self._read(0.1)
            for life in list(alive):
                assert life.process is not None  # noqa: S101
                if life.process.poll() is not None or time.monotonic() > deadlines[id(life)]:
                    self._kill_group(life)
                    life.process.wait()
                    self._drain(life)
                    life.process = None
                    alive.remove(life)

    def _kill_group(self, life: _Life) -> None:
        if life.process is not None:
            try:
                os.killpg(life.process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                return

    def _drain(self, life: _Life) -> None:
        """Print the last words of a program that has ended."""
        stream = life.process.stdout if life.process else None
        if stream is None or stream.closed:
            return
        try:
            while data := os.read(stream.fileno(), 65536):
                self._say(life, data)
        except OSError:
            pass
        if life.pending:
            self._say(life, b"\n")
        self._close(stream)

    def _close(self, stream: object) -> None:
        self._selector.unregister(stream)  # type: ignore[arg-type]
        stream.close()  # type: ignore[attr-defined]


def outcome(code: int) -> str:
    """Return in words how a process ended."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"
