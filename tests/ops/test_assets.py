import json
import shutil
import subprocess

import pytest

from ministry.ops import assets, processes
from ministry.ops.checkout import Checkout
from tests.ops.conftest import ROOT


@pytest.fixture
def bare(tmp_path):
    """A checkout in which no assets were fetched yet."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path / name)
    return Checkout(root=tmp_path, data_dir=tmp_path / ".data")


@pytest.fixture
def fetched(monkeypatch):
    """Note npm's command lines, and put what it would fetch in its place."""
    commands = []

    def fetch(command, cwd, **options):
        commands.append(command)
        files = cwd / "node_modules" / "@fontsource" / assets.FONT / "files"
        files.mkdir(parents=True, exist_ok=True)
        (files.parent / "LICENSE").write_text("OFL")
        for name in assets.FONT_FILES:
            (files / name).write_bytes(b"font")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(assets, "_npm", lambda checkout: ["/usr/bin/npm"])
    monkeypatch.setattr(processes, "call", fetch)
    return commands


class TestAssets:
    def test_are_fetched_once_by_the_lock_and_without_scripts(self, bare, fetched):
        assets.ensure(bare)
        assets.ensure(bare)
        assert len(fetched) == 1
        assert {"ci", "--ignore-scripts", "--omit=dev"} <= set(fetched[0])
        assert sorted(path.name for path in (bare.root / "static/vendor/fonts").iterdir()) == sorted(
            ["LICENSE", *assets.FONT_FILES]
        )

    def test_for_browser_tests_come_on_top_and_stay(self, bare, fetched):
        assets.ensure(bare)
        assets.ensure(bare, dev=True)
        assets.ensure(bare)
        assert ["--omit=dev" in command for command in fetched] == [True, False]

    def test_that_cannot_be_fetched_are_a_warning(self, bare, monkeypatch, capsys):
        def fail(command, **options):
            raise subprocess.CalledProcessError(1, command, "", "npm warn old\nnpm error network unreachable\n")

        monkeypatch.setattr(assets, "_npm", lambda checkout: ["/usr/bin/npm"])
        monkeypatch.setattr(processes, "call", fail)
        assets.ensure(bare)
        assert "Warning: no front-end assets were fetched (npm error network unreachable)" in capsys.readouterr().out


def test_locks_name_no_host():
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert not [name for name, package in locked.items() if "resolved" in package]
    for lock in (ROOT / "requirements").glob("*.txt"):
        assert "://" not in lock.read_text()
