"""Production starts only when it is safe to."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

SAFE = {
    "DJANGO_SETTINGS_MODULE": "ministry.settings.production",
    "SECRET_KEY": "3Qv9-a7Lx2_mZ0pTc8Wd4Rk6YnB1uHs5Ej-gFoXiMbVt7Kq" * 2,
    "VAULT_KEYS": "k7Wq-3ZpL9xTb_Yc5NdR8mVfHs2GjEuA4iXoQ0aBw6eKtMn1",
    "ALLOWED_HOSTS": "portal.example",
    "DATABASE_URL": "postgres://portal@127.0.0.1:1/portal",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def check(**changes: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in {**SAFE, **changes}.items() if value}
    environment["PATH"] = os.environ["PATH"]
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_deployment_check_is_silent():
    done = check()
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "development-only-key-never-used-in-production-and-long-enough"}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"VAULT_KEYS": ""}, "VAULT_KEYS"),
        ({"VAULT_KEYS": "short"}, "VAULT_KEYS"),
        ({"VAULT_KEYS": "development-only-vault-key-never-used-in-production"}, "VAULT_KEYS"),
        ({"VAULT_KEYS": f"{SAFE['SECRET_KEY']},another"}, "VAULT_KEYS"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"DATABASE_URL": ""}, "DATABASE_URL"),
        ({"REDIS_URL": ""}, "REDIS_URL"),
    ],
)
def test_refuses_to_start_and_names_the_setting(changes, named):
    done = check(**changes)
    assert done.returncode != 0
    assert named in done.stderr.strip().splitlines()[-1]
