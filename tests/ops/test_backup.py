"""Backup and restore against real databases."""

import os
import tarfile
from urllib.parse import quote

import pytest
from django.db import connection

from ministry.models import User
from ministry.ops import backup
from ministry.ops.checkout import Checkout
from ministry.ops.fault import Fault
from tests.ops.conftest import ROOT

pytestmark = pytest.mark.processes

TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
TRIGGERS = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"


def address_of(name):
    given = connection.settings_dict
    key = f":{quote(given['PASSWORD'])}" if given["PASSWORD"] else ""
    return f"postgres://{given['USER']}{key}@{given['HOST']}:{given['PORT']}/{name}"


def rows(here, url):
    """Return the number of rows of every table."""
    tables = backup._query(here, url, TABLES).splitlines()
    counts = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM \"{table}\"" for table in tables)
    return dict(line.split("|") for line in backup._query(here, url, counts).splitlines())


def new_database(here, name):
    """Make an empty database on the suite's server and return its address."""
    name = f"scratch_{os.getpid()}_{name}"
    drop_database(here, name)
    backup._query(here, address_of("postgres"), f'CREATE DATABASE "{name}"')
    return address_of(name)


def drop_database(here, name):
    backup._query(here, address_of("postgres"), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def here(tmp_path):
    return Checkout(root=ROOT, data_dir=tmp_path)


@pytest.fixture
def source(here):
    """A small database to back up."""
    url = new_database(here, "source")
    backup._query(here, url, "CREATE TABLE person AS SELECT 'مها' AS name")
    yield url
    drop_database(here, url.rsplit("/", 1)[1])


@pytest.fixture
def target(here):
    """An empty database to restore into."""
    url = new_database(here, "target")
    yield url
    drop_database(here, url.rsplit("/", 1)[1])


@pytest.fixture
def uploads(tmp_path):
    folder = tmp_path / "media"
    (folder / "documents").mkdir(parents=True)
    (folder / "documents" / "بطاقة.pdf").write_bytes(b"%PDF scan")
    return folder


@pytest.fixture
def written(here, source, uploads, tmp_path):
    file = tmp_path / "portal.backup"
    backup.write(here, source, uploads, file)
    return file


@pytest.mark.django_db(transaction=True)
def test_a_round_trip_brings_back_every_row_guard_and_upload(here, target, uploads, tmp_path):
    User.objects.create_user(username="مها", password="a long enough password")
    portal, file = address_of(connection.settings_dict["NAME"]), tmp_path / "portal.backup"
    received = tmp_path / "elsewhere" / "media"
    received.parent.mkdir()
    backup.write(here, portal, uploads, file)
    backup.read(here, target, received, file, replace=False)
    assert rows(here, target) == rows(here, portal)
    assert backup._query(here, target, TRIGGERS) == backup._query(here, portal, TRIGGERS) != "0"
    assert backup._query(here, target, "SELECT username FROM ministry_user") == "مها"
    assert (received / "documents" / "بطاقة.pdf").read_bytes() == b"%PDF scan"


def test_a_backup_is_for_its_owner_only(written):
    assert written.stat().st_mode & 0o077 == 0


def test_a_portal_that_is_not_empty_is_left_alone(here, target, written, tmp_path):
    backup._query(here, target, "CREATE TABLE mine AS SELECT 1")
    with pytest.raises(Fault, match=r"not empty.*holds 1 tables.*REPLACE=yes"):
        backup.read(here, target, tmp_path / "new", written, replace=False)
    assert rows(here, target) == {"mine": "1"}


def test_uploads_count_as_not_empty_too(here, target, written, uploads):
    with pytest.raises(Fault, match="holds uploads"):
        backup.read(here, target, uploads, written, replace=False)


def test_replacing_gives_up_the_database_and_moves_uploads_aside(here, source, target, written, uploads):
    backup._query(here, target, "CREATE TABLE mine AS SELECT 1")
    (uploads / "newer").write_text("kept aside")
    backup.read(here, target, uploads, written, replace=True)
    assert rows(here, target) == rows(here, source)
    assert [path.name for path in uploads.iterdir()] == ["documents"]
    (aside,) = uploads.parent.glob("media-before-*")
    assert (aside / "newer").read_text() == "kept aside"


def test_a_damaged_file_is_refused_before_anything_changes(here, target, written, tmp_path):
    content = bytearray(written.read_bytes())
    with tarfile.open(written) as archive:
        content[archive.getmember("database.dump").offset_data + 500] ^= 1
    written.write_bytes(content)
    with pytest.raises(Fault, match=r"database\.dump does not match its checksum; nothing was changed"):
        backup.read(here, target, tmp_path / "new", written, replace=False)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("content", [b"", b"not a backup at all"])
def test_another_file_is_refused(here, target, tmp_path, content):
    file = tmp_path / "letter.txt"
    file.write_bytes(content)
    with pytest.raises(Fault, match="not a whole backup"):
        backup.read(here, target, tmp_path / "new", file, replace=False)


def test_a_file_that_is_not_there_is_named(here, target, tmp_path):
    with pytest.raises(Fault, match=r"nothing\.backup is not there"):
        backup.read(here, target, tmp_path / "new", tmp_path / "nothing.backup", replace=False)


def test_a_restore_that_fails_leaves_the_database_as_it_was(here, target, written, tmp_path, monkeypatch):
    backup._query(here, target, "CREATE TABLE mine AS SELECT 1")
    run = backup._run

    def break_the_script(command):
        for argument in command:
            if argument.startswith("--file=") and argument.endswith("load.sql"):
                with open(argument.removeprefix("--file="), "a") as script:  # noqa: PTH123
                    script.write("\nSELECT no_such_function();\n")
        return run(command)

    monkeypatch.setattr(backup, "_run", break_the_script)
    with pytest.raises(Fault, match="no_such_function"):
        backup.read(here, target, tmp_path / "new", written, replace=True)
    assert rows(here, target) == {"mine": "1"}


@pytest.mark.parametrize("name", ["../outside", "/outside", "link"])
def test_a_prepared_archive_cannot_write_outside(tmp_path, name):
    file = tmp_path / "prepared.tar"
    with tarfile.open(file, "w") as archive:
        member = tarfile.TarInfo(name)
        if name == "link":
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    (tmp_path / "folder").mkdir()
    with pytest.raises(tarfile.TarError):
        backup._extract(file, tmp_path / "folder")
    assert list((tmp_path / "folder").iterdir()) == []
