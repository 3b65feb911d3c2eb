import errno
import os
import subprocess

import pytest

from ministry.ops import environment, fault, postgres, processes
from ministry.ops.checkout import Checkout
from ministry.ops.fault import Fault, disk_faults, require_space


@pytest.fixture
def bare(tmp_path):
    """A checkout with two tiny locks and an environment that was never made."""
    (tmp_path / "requirements").mkdir()
    for name in ("run", "dev"):
        (tmp_path / "requirements" / f"{name}.txt").write_text(f"# nothing for {name}\n")
    return Checkout(root=tmp_path, data_dir=tmp_path / ".data")


@pytest.fixture
def installs(monkeypatch):
    """Note which locks are installed, instead of fetching packages."""
    done = []
    monkeypatch.setattr(environment, "_install", lambda checkout, lock: done.append(lock))
    return done


class TestEnvironment:
    def test_is_made_once(self, bare, installs):
        environment.ensure(bare, "run")
        environment.ensure(bare, "run")
        assert installs == ["run"]
        assert bare.python.exists()

    def test_for_development_serves_for_running_too(self, bare, installs):
        environment.ensure(bare, "dev")
        environment.ensure(bare, "run")
        assert installs == ["dev"]

    def test_follows_a_changed_lock(self, bare, installs):
        environment.ensure(bare, "run")
        (bare.root / "requirements" / "run.txt").write_text("# something else\n")
        environment.ensure(bare, "run")
        assert installs == ["run", "run"]

    def test_is_made_again_when_its_filling_was_interrupted(self, bare, installs, monkeypatch):
        def die(checkout, lock):
            (checkout.venv / "half-written").touch()
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(environment, "_install", die)
            with pytest.raises(KeyboardInterrupt):
                environment.ensure(bare, "run")
        environment.ensure(bare, "run")
        assert installs == ["run"]
        assert not (bare.venv / "half-written").exists()
        assert not (bare.venv / "unfinished").exists()

    def test_is_made_again_when_its_python_is_gone(self, bare, installs):
        environment.ensure(bare, "run")
        bare.python.unlink()
        bare.python.symlink_to("/nowhere/python")
        environment.ensure(bare, "run")
        assert installs == ["run", "run"]

    def test_that_is_linked_is_never_removed(self, bare, installs, tmp_path):
        shared = tmp_path / "shared"
        (shared / "bin").mkdir(parents=True)
        (shared / "mine").touch()
        bare.venv.symlink_to(shared)
        environment.ensure(bare, "run")
        assert (shared / "mine").exists()

    def test_says_why_a_package_was_not_found(self, bare, monkeypatch):
        commands = []

        def refuse(command, **options):
            commands.append(command)
            return subprocess.CompletedProcess(command, 1, "", "ERROR: No matching distribution found for x\nhint")

        monkeypatch.setattr(processes, "call", refuse)
        with pytest.raises(Fault, match="No matching distribution found for x"):
            environment._install(bare, "run")
        assert "--require-hashes" in commands[0]


class TestDisk:
    def test_full_is_one_sentence_that_names_the_folder(self, tmp_path):
        with pytest.raises(Fault, match=f"disk that holds {tmp_path} is full"), disk_faults(tmp_path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def test_read_only_is_one_sentence_too(self, tmp_path):
        with pytest.raises(Fault, match="cannot be written"), disk_faults(tmp_path):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(tmp_path / "x"))

    def test_is_measured_before_the_work_begins(self, tmp_path, monkeypatch):
        usage = fault.shutil.disk_usage(tmp_path)._replace(free=5_000_000)
        monkeypatch.setattr(fault.shutil, "disk_usage", lambda path: usage)
        with pytest.raises(Fault, match="needs 300 MB and 5 MB are free"):
            require_space(tmp_path / "not" / "there" / "yet", postgres.ROOM, "the database")
