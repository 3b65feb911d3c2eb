from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from ministry.ops import checks
from ministry.ops.fault import Fault


@pytest.fixture
def asked(monkeypatch):
    """Every check's name that would be run, none of them run; those in `failing` fail."""

    @contextmanager
    def no_services(checkout):
        yield {}

    def call(command, **kwargs):
        ran.append(command[1:])
        return SimpleNamespace(returncode=1 if command[1:] in failing else 0)

    ran, failing = [], []
    monkeypatch.setattr(checks.environment, "ensure", lambda *args: None)
    monkeypatch.setattr(checks.assets, "ensure", lambda *args, **kwargs: None)
    monkeypatch.setattr(checks, "_test_services", no_services)
    monkeypatch.setattr(checks, "child_environment", lambda *args: {})
    monkeypatch.setattr(checks.processes, "call", call)
    return SimpleNamespace(ran=ran, failing=failing)


CHECKOUT = SimpleNamespace(python="python", root=".")


def test_style_layers_and_types_are_looked_at(asked):
    checks.lint(CHECKOUT)
    assert asked.ran == [arguments for _name, arguments in [*checks.LINT, checks.TYPES]]


def test_style_that_fails_fails_the_whole_and_the_tests_run_all_the_same(asked):
    asked.failing.append(checks.LINT[0][1])
    with pytest.raises(Fault, match="ruff check"):
        checks.test(CHECKOUT)
    assert asked.ran[-1][:2] == ["-m", "pytest"]
