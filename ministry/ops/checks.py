"""`make test`, `make lint`, `make e2e`, `make bench`."""

import fcntl
import os
import re
import shlex
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ministry.ops import assets, environment, processes, services
from ministry.ops.checkout import Checkout
from ministry.ops.fault import Fault, disk_faults
from ministry.ops.keeper import open_lock, try_lock
from ministry.ops.run import child_environment
from ministry.ops.supervisor import outcome

TEST_SETTINGS = "ministry.settings.test"
# The Redis database the tests count up from; `make run` uses 0 of the same server.
TEST_REDIS_DATABASE = 8
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")

LINT = [
    ("ruff check", ["-m", "ruff", "check", "."]),
    ("ruff format", ["-m", "ruff", "format", "--check", "."]),
    ("import layers", ["-c", "from importlinter.cli import lint_imports_command as check; check()"]),
]
# Afresh each time (20 seconds): what mypy keeps between runs loses sight of managers that Django makes by itself.
TYPES = ("types", ["-m", "mypy", "--no-incremental", "."])


def lint(checkout: Checkout) -> None:
    """Check style, layers and types."""
    environment.ensure(checkout, "dev")
    _run_all(checkout, [*LINT, TYPES], child_environment(checkout, {"DJANGO_SETTINGS_MODULE": TEST_SETTINGS}))


def test(checkout: Checkout) -> None:
    """Run every check that needs no browser. ARGS adds to pytest's command line."""
    environment.ensure(checkout, "dev")
    # Letters are set in the fonts that come with them.
    assets.ensure(checkout)
    with _test_services(checkout) as env:
        workers = str(min(max(os.cpu_count() or 2, 2), 8))
        pytest = ["-m", "pytest", "-m", "not e2e", "-n", workers, "-q", *shlex.split(os.environ.get("ARGS", ""))]
        checks = [
            *LINT,
            ("missing migrations", ["manage.py", "makemigrations", "--check", "--dry-run"]),
            ("translations", ["manage.py", "catalogue", "--check"]),
            ("tests", pytest),
        ]
        _run_all(checkout, checks, env)


def e2e(checkout: Checkout) -> None:
    """Run the browser tests. ARGS adds to pytest's command line."""
    environment.ensure(checkout, "dev")
    assets.ensure(checkout, dev=True)
    if not any(shutil.which(name) for name in CHROMIUM):
        print("There is no Chromium on this machine: the browser tests will be skipped.", flush=True)
    with _test_services(checkout) as env:
        pytest = ["-m", "pytest", "-m", "e2e", "-q", *shlex.split(os.environ.get("ARGS", ""))]
        _run_all(checkout, [("browser tests", pytest)], env)


def bench(checkout: Checkout) -> None:
    """Measure the costly steps against floors of this machine. ARGS goes to `manage.py bench`."""
    environment.ensure(checkout, "dev")
    with services.running(checkout) as servers:
        command = ["manage.py", "bench", *shlex.split(os.environ.get("ARGS", ""))]
        _run_all(checkout, [("benchmark", command)], child_environment(checkout, servers))


def _run_all(checkout: Checkout, checks: list[tuple[str, list[str]]], env: dict[str, str]) -> None:
    """Run every check, also after one has failed, and say at the end which did.

    Raises:
        Fault: at least one failed.
    """
    failed = []
    for name, arguments in checks:
        print(f"── {name}", flush=True)
        started = time.monotonic()
        result = processes.call([str(checkout.python), *arguments], cwd=checkout.root, env=env)
        verdict = f"failed with {outcome(result.returncode)}" if result.returncode else "passed"
        print(f"── {name} {verdict} in {time.monotonic() - started:.0f} s\n", flush=True)
        if result.returncode:
            failed.append(name)
    if failed:
        raise Fault(f"Failed: {', '.join(failed)}.")


@contextmanager
def _test_services(checkout: Checkout) -> Iterator[dict[str, str]]:
    """Give the tests' environment; two test runs of one checkout wait for each other, their databases share names."""
    with disk_faults(checkout.data_dir):
        checkout.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        lock = open_lock(checkout.data_dir / "test.lock")
    try:
        if not try_lock(lock, fcntl.LOCK_EX):
            print("Waiting for another test run of this checkout to end …", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        with services.running(checkout) as servers:
            env = child_environment(checkout, servers | {"DJANGO_SETTINGS_MODULE": TEST_SETTINGS})
            if "REDIS_URL" in servers:
                env["REDIS_URL"] = re.sub(r"/0$", f"/{TEST_REDIS_DATABASE}", servers["REDIS_URL"])
            yield env
    finally:
        os.close(lock)
