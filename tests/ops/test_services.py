"""The embedded servers: real ones, in a data folder of each test's own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import psycopg2
import pytest
import redis

from ministry.ops import account, processes, services
from ministry.ops.checkout import Checkout
from ministry.ops.fault import Fault
from ministry.ops.keeper import Files
from ministry.ops.postgres import Postgres
from tests.ops.conftest import ROOT

pytestmark = pytest.mark.processes
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="what happens to servers that root starts")

# Uses the servers until its input is closed.
USER = textwrap.dedent("""
    import json, pathlib, sys
    from ministry.ops import services
    from ministry.ops.checkout import Checkout
    with services.running(Checkout(root=pathlib.Path(sys.argv[1]), data_dir=pathlib.Path(sys.argv[2]))) as env:
        print(json.dumps(env), flush=True)
        sys.stdin.read()
""")


@pytest.fixture
def only_postgres(monkeypatch):
    """Spare the tests about locks and adoption a Redis; both servers are kept in the same way."""
    monkeypatch.setenv("REDIS_URL", "redis://somewhere.invalid/0")


def another_user(checkout):
    """Start another command of the same checkout; return it and what it was given."""
    command = [sys.executable, "-c", USER, str(checkout.root), str(checkout.data_dir)]
    user = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return user, json.loads(user.stdout.readline())


def ask(url, statement="SELECT 1"):
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def server_pid(checkout):
    return int((Postgres(checkout).folder / "postmaster.pid").read_text().split()[0])


def keeper_pid(checkout):
    return Files(checkout, "postgres").read_state()["keeper"]


class TestServers:
    def test_are_real_ones_that_ask_for_a_password_and_stop_with_their_user(self, checkout):
        with services.running(checkout) as env:
            assert ask(env["DATABASE_URL"], "SHOW server_encoding") == "UTF8"
            for extension in ("pg_trgm", "btree_gist", "unaccent"):
                ask(env["DATABASE_URL"], f"CREATE EXTENSION {extension}")
            with redis.Redis.from_url(env["REDIS_URL"]) as broker:
                assert broker.ping()
            secret = env["DATABASE_URL"].split(":")[2].split("@")[0]
            with pytest.raises(psycopg2.OperationalError, match="password"):
                ask(env["DATABASE_URL"].replace(secret, "guess"))
            pid = server_pid(checkout)
        assert processes.command_line(pid) == ""
        with pytest.raises(redis.ConnectionError), redis.Redis.from_url(env["REDIS_URL"]) as broker:
            broker.ping()

    def test_keep_their_data_and_address_until_the_next_start(self, checkout, only_postgres):
        with services.running(checkout) as first:
            ask(first["DATABASE_URL"], "CREATE TABLE kept AS SELECT 7 AS number")
        with services.running(checkout) as second:
            assert ask(second["DATABASE_URL"], "SELECT number FROM kept") == 7
        assert first == second

    def test_are_not_started_for_addresses_the_operator_gives(self, checkout, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "postgres://somewhere.invalid/x")
        monkeypatch.setenv("REDIS_URL", "redis://somewhere.invalid/0")
        with services.running(checkout) as env:
            assert env == {"DATA_DIR": str(checkout.data_dir)}

    def test_of_two_checkouts_run_side_by_side(self, checkout, only_postgres, tmp_path):
        other = Checkout(root=ROOT, data_dir=tmp_path / "other")
        try:
            with services.running(checkout) as one, services.running(other) as two:
                ask(one["DATABASE_URL"], "CREATE TABLE here AS SELECT 1")
                assert ask(two["DATABASE_URL"], "SELECT count(*) FROM pg_class WHERE relname = 'here'") == 0
        finally:
            remove_shelter(other)

    def test_keep_secrets_from_other_accounts(self, checkout, only_postgres):
        with services.running(checkout):
            for path in (Files(checkout, "postgres").state, Postgres(checkout).folder / "portal.password"):
                assert path.stat().st_mode & 0o077 == 0


class TestSharing:
    def test_the_last_user_to_leave_stops_the_server(self, checkout, only_postgres):
        user, given = another_user(checkout)
        with services.running(checkout) as env:
            assert env == given
            pid = server_pid(checkout)
        assert ask(given["DATABASE_URL"]) == 1
        user.communicate()
        assert processes.command_line(pid) == ""

    def test_a_killed_user_leaves_no_server_behind(self, checkout, only_postgres):
        user, _given = another_user(checkout)
        pid = server_pid(checkout)
        user.kill()
        user.wait()
        assert processes.wait_until(lambda: processes.command_line(pid) == "", 15)

    def test_users_who_come_at_once_get_one_server(self, checkout, only_postgres):
        given, threads = [], []
        for _number in range(3):
            threads.append(threading.Thread(target=lambda: given.append(another_user(checkout))))
            threads[-1].start()
        for thread in threads:
            thread.join()
        assert len({env["DATABASE_URL"] for _user, env in given}) == 1
        for user, _env in given:
            user.communicate()


class TestRecovery:
    def test_adopts_a_server_whose_keeper_was_killed(self, checkout, only_postgres):
        user, given = another_user(checkout)
        pid = server_pid(checkout)
        os.kill(keeper_pid(checkout), signal.SIGKILL)
        user.kill()
        user.wait()
        with services.running(checkout) as env:
            assert env == given
            assert server_pid(checkout) == pid
        assert processes.command_line(pid) == ""

    def test_starts_a_crashed_server_again_with_all_that_was_committed(self, checkout, only_postgres):
        with services.running(checkout) as env:
            ask(env["DATABASE_URL"], "CREATE TABLE kept AS SELECT 7 AS number")
            pid = server_pid(checkout)
            os.kill(pid, signal.SIGKILL)

            def answers():
                try:
                    return ask(env["DATABASE_URL"], "SELECT number FROM kept") == 7
                except psycopg2.OperationalError:
                    return False

            assert processes.wait_until(answers, 30, every=0.2)
            assert server_pid(checkout) != pid

    def test_starts_although_its_old_number_now_belongs_to_another_program(self, checkout, only_postgres):
        with services.running(checkout):
            folder = Postgres(checkout).folder
            lines = (folder / "postmaster.pid").read_text().splitlines()
        (folder / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        with services.running(checkout) as env:
            assert ask(env["DATABASE_URL"]) == 1

    def test_makes_the_cluster_again_when_its_making_was_interrupted(self, checkout, only_postgres):
        home = account.home(checkout)
        (home / "postgres.new-123").mkdir()
        (home / "postgres.new-123" / "PG_VERSION").touch()
        (home / "postgres.new-123-password").touch()
        with services.running(checkout) as env:
            assert ask(env["DATABASE_URL"]) == 1
        assert not list(home.glob("postgres.new-*"))

    def test_says_in_one_sentence_that_there_is_no_room(self, checkout, only_postgres, monkeypatch):
        monkeypatch.setattr(account, "home", lambda checkout: checkout.data_dir)
        server = Postgres(checkout)
        usage = shutil.disk_usage(checkout.data_dir.parent)._replace(free=0)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
        with pytest.raises(Fault, match="full or nearly so: the database needs"):
            server.start(None)


@as_root
class TestRoot:
    def test_servers_run_as_somebody_else(self, checkout, only_postgres):
        with services.running(checkout):
            assert Path(f"/proc/{server_pid(checkout)}").stat().st_uid != 0

    def test_servers_stay_in_the_checkout_when_they_can_reach_it(self, checkout):
        for folder in (checkout.data_dir.parent, *checkout.data_dir.parent.parents):
            if folder.stat().st_mode & 0o001 == 0:
                break
        else:
            assert account.home(checkout) == checkout.data_dir
            return
        assert account.home(checkout) != checkout.data_dir

    def test_a_closed_checkout_has_one_shelter_for_ever(self, checkout):
        close(checkout)
        shelter = account.home(checkout)
        assert shelter.parent.name == account.NAME
        assert account.home(checkout) == shelter
        assert account.for_servers(shelter / "postgres").can(shelter, os.X_OK)

    def test_a_moved_checkout_takes_its_shelter_along(self, checkout, tmp_path):
        close(checkout)
        shelter = account.home(checkout)
        moved = Checkout(root=ROOT, data_dir=tmp_path / "moved")
        checkout.data_dir.rename(moved.data_dir)
        assert account.home(moved) == shelter
        shutil.rmtree(shelter)

    def test_a_copied_checkout_gets_a_shelter_of_its_own(self, checkout, tmp_path):
        close(checkout)
        shelter = account.home(checkout)
        copied = Checkout(root=ROOT, data_dir=tmp_path / "copied")
        shutil.copytree(checkout.data_dir, copied.data_dir)
        try:
            assert account.home(copied) != shelter
            assert account.home(checkout) == shelter
        finally:
            remove_shelter(copied)


def close(checkout):
    """Shut the folder above the data to everybody but its owner, as a home folder is."""
    checkout.data_dir.parent.chmod(0o700)


def remove_shelter(checkout):
    pointer = checkout.data_dir / "servers-live-in"
    if pointer.exists():
        shutil.rmtree(pointer.read_text().strip())
