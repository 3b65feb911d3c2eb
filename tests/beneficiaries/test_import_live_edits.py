"""Imports that meet what people do at the same moment: real transactions on connections of their own."""

import threading
import time

import pytest
from django.db import OperationalError, connection, transaction

from beneficiaries.imports import entering
from beneficiaries.models import Household, ImportBatch, Individual, Membership
from beneficiaries.services import imports as services
from beneficiaries.services.households import verify_household
from ministry import jobs
from ministry.models import Area
from tests.beneficiaries.factories import HouseholdFactory, IndividualFactory
from tests.beneficiaries.register_files import household, person, take_in, write
from tests.ministry.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

CHILD = {"relationship": "child", "birth_date": "2015-01-01", "years_schooling": "3", "marital_status": "single"}


class Meanwhile(threading.Thread):
    """Something done on a connection of its own, while the test goes on."""

    def __init__(self, deed):
        super().__init__(daemon=True)
        self.deed = deed
        self.error = None
        self.start()

    def run(self):
        try:
            self.deed()
        except Exception as error:
            self.error = error
        finally:
            connection.close()

    def wait(self):
        self.join(timeout=60)
        assert not self.is_alive()
        assert self.error is None, repr(self.error)


def wait_until_somebody_waits() -> None:
    """Return when a connection to this database waits for a lock that a transaction holds."""
    for _turn in range(200):
        with connection.cursor() as cursor:
            # Within a transaction the server would show the same picture again and again.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def accepted(folder) -> ImportBatch:
    """Take the files in and accept them; the rows are not entered yet."""
    return services.commit_import(batch=take_in(folder, commit=False), actor=None, tell_worker=False)


def enter(batch: ImportBatch) -> None:
    jobs.run_now(batch.job)


class TestAnImportMeetingALiveEdit:
    def test_of_the_same_head_leaves_that_row_out_and_says_so(self, tmp_path):
        home = HouseholdFactory(household_ref="H1")
        batch = accepted(
            write(
                tmp_path,
                [household(household_ref="H1"), household(household_ref="H2")],
                [
                    person(household_ref="H1", person_ref="P1"),
                    person(household_ref="H1", person_ref="P2", **CHILD),
                    person(household_ref="H2", person_ref="P3"),
                ],
            )
        )
        live = IndividualFactory(person_ref="L1")
        with transaction.atomic():
            Membership.objects.create(household=home, individual=live, relationship="head", joined_on="2024-01-01")
            importing = Meanwhile(lambda: enter(batch))
            wait_until_somebody_waits()
        importing.wait()
        batch.refresh_from_db()
        assert batch.status == ImportBatch.Status.COMMITTED
        assert list(home.memberships.filter(relationship="head").values_list("individual__person_ref", flat=True)) == [
            "L1"
        ]
        assert set(Individual.objects.values_list("person_ref", flat=True)) == {"L1", "P2", "P3"}
        assert list(batch.issues.filter(reason="taken_meanwhile").values_list("file", "row", "column", "value")) == [
            ("individuals", 2, "person_ref", "P1")
        ]

    def test_of_the_same_household_keeps_both(self, tmp_path):
        home = HouseholdFactory(household_ref="H1")
        Membership.objects.create(
            household=home, individual=IndividualFactory(person_ref="P1"), relationship="head", joined_on="2024-01-01"
        )
        batch = accepted(
            write(
                tmp_path,
                [household(household_ref="H1")],
                [person(household_ref="H1"), person(household_ref="H1", person_ref="P2", **CHILD)],
            )
        )
        caseworker = UserFactory(permissions=["beneficiaries.verify_household"])
        with transaction.atomic():
            verify_household(household=home, actor=caseworker)
            importing = Meanwhile(lambda: enter(batch))
            wait_until_somebody_waits()
        importing.wait()
        home.refresh_from_db()
        assert home.status == Household.Status.VERIFIED
        assert home.memberships.filter(individual__person_ref="P2").exists()

    def test_that_would_remove_a_district_makes_the_removal_wait(self, tmp_path):
        batch = accepted(write(tmp_path))
        entering.make_districts(batch=batch)
        refused = []

        def remove():
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
                try:
                    cursor.execute("DELETE FROM ministry_area WHERE code = 'EG-AST-03'")
                except OperationalError as error:
                    refused.append(error)
                    transaction.set_rollback(True)

        with transaction.atomic():
            entering.enter_rows(batch=batch, first=1, last=100)
            Meanwhile(remove).wait()
        assert "lock timeout" in str(refused[0])
        assert Household.objects.get().area == Area.objects.get(code="EG-AST-03")


# Foreign keys between what an import writes, from pg_constraint: what refers to nothing.
REFERENCES = """
    SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text, b.attname
    FROM pg_constraint c
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
    WHERE c.contype = 'f' AND c.conrelid = ANY (%s::regclass[])
"""


def dangling() -> list[str]:
    """Return the foreign keys that refer to a row that is not there."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(REFERENCES, [entering.TABLES])
        references = cursor.fetchall()
        assert len(references) >= 8
        for table, column, target, key in references:
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE t.{column} IS NOT NULL"
                f" AND NOT EXISTS (SELECT FROM {target} r WHERE r.{key} = t.{column})"
            )
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
    return found


class TestReferences:
    @pytest.mark.parametrize("skipping", [True, False], ids=["in one go", "row by row"])
    def test_hold_after_an_import(self, tmp_path, monkeypatch, skipping):
        if not skipping:
            monkeypatch.setattr(entering, "may_skip_row_checks", lambda _cursor: False)
        HouseholdFactory(household_ref="H2")
        take_in(
            write(
                tmp_path,
                [household(), household(household_ref="H2")],
                [person(disability="vision:3"), person(household_ref="H2", person_ref="P2", national_id="1")],
            )
        )
        assert (Household.objects.count(), Membership.objects.count()) == (2, 2)
        assert dangling() == []

    def test_are_asked_row_by_row_where_the_server_does_not_allow_otherwise(self):
        with connection.cursor() as cursor:
            assert entering.may_skip_row_checks(cursor)
            try:
                cursor.execute("CREATE ROLE portal_plain; SET ROLE portal_plain")
                assert not entering.may_skip_row_checks(cursor)
            finally:
                cursor.execute("RESET ROLE; DROP ROLE portal_plain")

    def test_are_asked_row_by_row_where_somebody_watches_new_rows(self):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
                "CREATE TRIGGER watch AFTER INSERT ON beneficiaries_membership EXECUTE FUNCTION watch()"
            )
            assert not entering.may_skip_row_checks(cursor)
            transaction.set_rollback(True)

    def test_are_asked_again_as_soon_as_the_rows_are_in(self, tmp_path):
        batch = accepted(write(tmp_path))
        entering.make_districts(batch=batch)
        with transaction.atomic(), connection.cursor() as cursor:
            entering.enter_rows(batch=batch, first=1, last=100)
            cursor.execute("SHOW session_replication_role")
            assert cursor.fetchone() == ("origin",)
