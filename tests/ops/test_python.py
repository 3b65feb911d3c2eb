"""Finding a Python, before there is one to rely on: `ministry/ops/python.sh`."""

import subprocess
import sys

import pytest

from tests.ops.conftest import ROOT


def start(path, **env):
    """Run the finder with nothing but `path` on PATH; the program it starts says that it was found."""
    return subprocess.run(
        ["/bin/sh", str(ROOT / "ministry/ops/python.sh"), "-c", "print('found')"],
        env={"PATH": str(path), **env}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A PATH with one entry, in which a test may put Pythons."""
    return tmp_path


def put(folder, name, script):
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


OLD = 'case "$2" in *platform*) echo 3.9.18;; *) exit 1;; esac'
GOOD = f'exec {sys.executable} "$@"'


def test_takes_the_python3_of_the_path(folder):
    put(folder, "python3", GOOD)
    assert start(folder).stdout == "found\n"


def test_passes_over_an_old_python3_for_a_newer_one(folder):
    put(folder, "python3", OLD)
    put(folder, "python3.13", GOOD)
    assert start(folder).stdout == "found\n"


def test_passes_over_a_shim_without_a_python_behind_it(folder):
    put(folder, "python3.13", "exit 127")
    put(folder, "python3.11", GOOD)
    assert start(folder).stdout == "found\n"


@pytest.mark.parametrize(
    ("prepare", "env", "says"),
    [
        (lambda folder: put(folder, "python3", OLD), {}, ["Python 3.11 or newer", "3.9.18"]),
        (lambda folder: None, {}, ["Python 3.11 or newer", "no python3"]),
        (lambda folder: None, {"PYTHON": "/nowhere/python"}, ["/nowhere/python", "not there"]),
        (lambda folder: put(folder, "mine", OLD), {"PYTHON": "mine"}, ["mine", "3.9.18", "3.11 or newer"]),
    ],
)
def test_says_in_one_sentence_what_is_missing(folder, prepare, env, says):
    prepare(folder)
    outcome = start(folder, **env)
    assert outcome.returncode == 1
    assert outcome.stdout == ""
    assert outcome.stderr.count("\n") == 1
    for words in says:
        assert words in outcome.stderr
