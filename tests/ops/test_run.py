import fcntl
import os
import socket
import subprocess

import pytest

from ministry.ops import run
from ministry.ops.fault import Fault
from ministry.ops.keeper import open_lock
from tests.ops.conftest import ROOT


class TestAddress:
    def test_is_loopback_and_8000_unless_set(self, monkeypatch):
        monkeypatch.delenv("HOST", raising=False)
        monkeypatch.delenv("PORT", raising=False)
        assert run.address() == ("127.0.0.1", 8000)

    @pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1", "8000.5"])
    def test_refuses_a_port_that_is_none(self, monkeypatch, port):
        monkeypatch.setenv("PORT", port)
        with pytest.raises(Fault, match="PORT must be a number from 1 to 65535"):
            run.address()

    def test_says_that_a_port_is_taken_and_names_another(self, monkeypatch):
        monkeypatch.setattr(run, "PORT_PATIENCE", 0)
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            with pytest.raises(Fault, match=f"Port {port} is in use by another program.*PORT={port + 1}"):
                run._require_port("127.0.0.1", port)


class TestOneRun:
    def test_a_second_run_of_the_same_checkout_is_refused_with_the_first_one_s_number(self, checkout, monkeypatch):
        monkeypatch.setattr(run, "PATIENCE", 0)
        refused = pytest.raises(Fault, match=rf"running already \(process {os.getpid()}\)")
        with run._only_run(checkout), refused, run._only_run(checkout):
            pass

    def test_the_place_is_free_after_a_killed_run(self, checkout, monkeypatch):
        monkeypatch.setattr(run, "PATIENCE", 0)
        checkout.data_dir.mkdir(exist_ok=True)
        killed = open_lock(checkout.data_dir / "run.lock")
        fcntl.flock(killed, fcntl.LOCK_EX)
        os.close(killed)
        with run._only_run(checkout):
            pass


def test_children_see_the_operator_s_settings_but_not_make_s(checkout, monkeypatch):
    monkeypatch.setenv("COUNTRY", "JO")
    monkeypatch.setenv("MAKEFLAGS", "-k")
    env = run.child_environment(checkout, {"DATABASE_URL": "postgres://here/portal"})
    assert env["COUNTRY"] == "JO"
    assert env["DATABASE_URL"] == "postgres://here/portal"
    assert "MAKEFLAGS" not in env


def test_help_names_every_command_of_the_makefile():
    help_text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for command in ("run", "test", "e2e", "lint", "bench", "backup", "restore"):
        assert f"make {command} " in help_text
