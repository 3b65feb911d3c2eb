"""What `manage.py prepare` says when it cannot go on."""

import errno

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from ministry.management.commands import prepare


class DiskFull(Exception):
    pgcode = "53100"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_one_sentence(number, monkeypatch):
    def no_room(*args, **options):
        raise OSError(number, "no room", "/srv/portal/media")

    monkeypatch.setattr(prepare, "call_command", no_room)
    with pytest.raises(CommandError, match="The disk that holds /srv/portal/media is full"):
        call_command("prepare")


def test_a_full_disk_of_the_database_is_one_sentence(monkeypatch):
    def no_room(*args, **options):
        raise OperationalError("could not extend file") from DiskFull()

    monkeypatch.setattr(prepare, "call_command", no_room)
    with pytest.raises(CommandError, match="The disk of the database is full"):
        call_command("prepare")


def test_another_fault_is_not_called_a_full_disk(monkeypatch):
    def refused(*args, **options):
        raise OperationalError("connection refused")

    monkeypatch.setattr(prepare, "call_command", refused)
    with pytest.raises(OperationalError):
        call_command("prepare")
