import os
import shutil
from pathlib import Path

import pytest

from ministry.ops.checkout import Checkout

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """This checkout's code with a data folder of the test's own, and no servers given by the environment."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    here = Checkout(root=ROOT, data_dir=tmp_path / "data")
    _lend_redis(here)
    yield here
    pointer = here.data_dir / "servers-live-in"
    if pointer.exists():
        shutil.rmtree(pointer.read_text().strip())


def _lend_redis(checkout):
    """Spare each test the download: take the server the running suite uses, where it was unpacked for this checkout."""
    known = ROOT / ".data" / "programs" / "redis-server"
    if known.exists() and os.geteuid() != 0 and not shutil.which("redis-server"):
        target = checkout.data_dir / "programs" / "redis-server"
        target.parent.mkdir(parents=True)
        shutil.copy2(known, target)
