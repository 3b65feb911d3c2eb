"""The virtual environment of a checkout, filled from a hashed lock."""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from ministry.ops import processes
from ministry.ops.checkout import Checkout
from ministry.ops.fault import Fault, disk_faults, require_space

# Room needed for a first installation, in millions of bytes, with what pip keeps while unpacking.
ROOM = {"run": 900, "dev": 1500}


def ensure(checkout: Checkout, lock: str) -> None:
    """Bring `.venv` to the state of requirements/`lock`.txt; nothing is done when it is there already.

    `lock` is `run` or `dev`; the second holds the first. Two commands at once wait for each other. An environment whose
    filling was interrupted is made again, because pip takes a half-written package for a finished one.

    Raises:
        Fault: no package could be installed, or this Python cannot make an environment.
    """
    with disk_faults(checkout.venv), _alone(checkout.venv):
        stamp = _read_stamp(checkout)
        unfinished = checkout.venv / "unfinished"
        # A linked environment belongs to somebody else: packages are added to it, but it is never made again.
        if not checkout.venv.is_symlink() and (unfinished.exists() or not _fit(checkout, stamp)):
            require_space(checkout.venv, ROOM[lock], "the Python environment")
            _create(checkout, unfinished)
            stamp = {}
        if stamp.get(lock) == _digest(checkout, lock) or stamp.get("dev") == _digest(checkout, "dev"):
            return
        print(f"Installing the packages of requirements/{lock}.txt …", flush=True)
        unfinished.touch()
        _install(checkout, lock)
        current = {name: value for name, value in stamp.items() if name in ROOM and _digest(checkout, name) == value}
        _stamp(checkout).write_text(
            json.dumps({**current, lock: _digest(checkout, lock), "python": _version(checkout)})
        )
        unfinished.unlink()


def pip(checkout: Checkout, *arguments: str) -> list[str]:
    """Return the command line of a pip that works on `.venv`: this Python's own, or the one it was delivered with.

    `.venv` itself holds no pip: putting one in takes longer than making the rest of the environment, and some systems
    (Debian) deliver Python without the means.

    Raises:
        Fault: this Python has no pip in any form.
    """
    spec = find_spec("pip")
    # The runner hides the other packages of this Python, which pip would otherwise take for installed ones.
    runner = Path(spec.origin or "/nowhere").with_name("__pip-runner__.py") if spec else None
    if runner and runner.exists():
        return [str(checkout.python), str(runner), *arguments]
    delivered = find_spec("ensurepip")
    folders = [Path(path) / "_bundled" for path in (delivered.submodule_search_locations or ())] if delivered else []
    for folder in [*folders, Path("/usr/share/python-wheels")]:
        for wheel in sorted(folder.glob("pip-*.whl")):
            return [str(checkout.python), str(wheel / "pip"), *arguments]
    raise Fault(
        f"{sys.executable} has no pip; install your system's package for it (python3-pip or python3-venv on Debian and "
        "Ubuntu), or name another Python with PYTHON=/path/to/python3."
    )


def explain(output: str) -> str:
    """Return the line of pip's output that says what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["pip gave no reason"])[0].removeprefix("ERROR:").strip()


def _install(checkout: Checkout, lock: str) -> None:
    # Compiling all modules takes longer than installing them; each is compiled when it is first used.
    options = ["--require-hashes", "--no-input", "--no-compile"]
    command = pip(checkout, "install", *options, "-r", f"requirements/{lock}.txt")
    if not sys.stdout.isatty():
        command += ["--quiet"]
    result = processes.call(command, cwd=checkout.root, stderr=subprocess.PIPE)
    if result.returncode:
        if "No space left on device" in result.stderr or "[Errno 28]" in result.stderr:
            raise Fault(
                f"The disk that holds {checkout.venv} is full; free some space there and run the command again."
            )
        raise Fault(
            f"The packages could not be installed: {explain(result.stderr)} "
            "— check the connection to the package index (pip's own settings are used) and run the command again."
        )


def _create(checkout: Checkout, unfinished: Path) -> None:
    pip(checkout)  # without one, nothing need be made
    print(f"Making the Python environment with Python {platform.python_version()} …", flush=True)
    if checkout.venv.exists():
        shutil.rmtree(checkout.venv)
    # The mark comes first: whatever is killed from here on is made again.
    checkout.venv.mkdir(parents=True)
    unfinished.touch()
    result = processes.call([sys.executable, "-m", "venv", "--without-pip", str(checkout.venv)], capture_output=True)
    if result.returncode:
        said = (result.stderr or result.stdout).strip()
        raise Fault(f"{sys.executable} could not make a virtual environment: {said[-300:]}")


def _fit(checkout: Checkout, stamp: dict[str, str]) -> bool:
    """Return whether the environment starts, fits what was put into it, and is of the Python that was asked for."""
    version = _minor(_version(checkout))
    if version < (3, 11) or ("python" in stamp and _minor(stamp["python"]) != version):
        return False
    return not os.environ.get("PYTHON") or version == sys.version_info[:2]


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def _version(checkout: Checkout) -> str:
    """Return the environment's Python version, empty when it does not start."""
    command = [str(checkout.python), "-c", "import platform; print(platform.python_version())"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _stamp(checkout: Checkout) -> Path:
    return checkout.venv / "installed.json"


def _read_stamp(checkout: Checkout) -> dict[str, str]:
    try:
        return dict(json.loads(_stamp(checkout).read_text()))
    except (OSError, ValueError):
        return {}


def _digest(checkout: Checkout, lock: str) -> str:
    return hashlib.sha256((checkout.root / "requirements" / f"{lock}.txt").read_bytes()).hexdigest()


@contextmanager
def _alone(venv: Path) -> Iterator[None]:
    """Hold the lock of an environment: on the folder it lies in, because the environment itself may be made again."""
    folder = os.open(venv.resolve().parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
