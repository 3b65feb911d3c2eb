"""`python -m ministry.ops COMMAND`: what the Makefile calls."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from ministry.ops import backup, checks, processes
from ministry.ops.checkout import Checkout
from ministry.ops.fault import NO_ROOM, Fault, full_disk
from ministry.ops.run import run

COMMANDS: dict[str, tuple[Callable[[Checkout], None], str]] = {
    "run": (run, "start the portal with all it needs (PORT=8000, HOST=127.0.0.1, DATA_DIR=.data)"),
    "test": (checks.test, "run every check that needs no browser (ARGS='-k name' goes to pytest)"),
    "e2e": (checks.e2e, "run the browser tests, with Chromium"),
    "lint": (checks.lint, "check style, layers and types"),
    "bench": (checks.bench, "measure the costly steps (ARGS='NAME --households N')"),
    "backup": (backup.backup, "write database and uploads into one file (FILE=portal.backup)"),
    "restore": (
        backup.restore,
        "read such a file into an empty portal (FILE=…; REPLACE=yes gives up what is there)",
    ),
}


def main(arguments: list[str]) -> int:
    """Run one command; return its exit code."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        for name, (_function, purpose) in COMMANDS.items():
            print(f"  make {name:<8} {purpose}")
        return 0 if arguments == ["help"] else 2
    signal.signal(signal.SIGTERM, _interrupted)
    signal.signal(signal.SIGHUP, _interrupted)
    if os.environ.get("MAKELEVEL"):
        # When make itself is killed, nobody would be left to stop us.
        processes.die_with_parent(signal.SIGTERM, os.getppid())
    checkout = Checkout.here()
    try:
        COMMANDS[arguments[0]][0](checkout)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        print(full_disk(Path(error.filename or checkout.data_dir)), file=sys.stderr)
        return 1
    except Fault as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 0


def _interrupted(signum: int, _frame: object) -> None:
    """End as Ctrl-C does: running children are ended, locks let go."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
