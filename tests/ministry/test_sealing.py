import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction

from ministry import audit, sealing
from ministry.models import AuditEntry, DisclosureEntry, RowVersion, Seal, User
from tests.ministry.factories import AreaFactory, UserFactory


def entry(note="", **data):
    return audit.record(actor=None, action="test.done", note=note, data=data)


def faults():
    return [(fault.log, fault.kind, fault.id) for fault in sealing.broken_seals()]


def tamper(table, statement, values=()):
    """Do what the owner of the database could do: switch the guards off first."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        assert cursor.rowcount > 0
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


pytestmark = pytest.mark.django_db(transaction=True)


class TestSealing:
    def test_seals_all_three_logs_once(self):
        user, area = UserFactory(), AreaFactory()
        entry("ملاحظة", amount=5, nested={"b": 1, "a": [True, None]})
        audit.disclose(reader=user, subject=area, fields=["phone", "name"], purpose="check")
        User.objects.filter(pk=user.pk).update(full_name="x")
        assert (
            sealing.seal_now()
            == AuditEntry.objects.count() + DisclosureEntry.objects.count() + RowVersion.objects.count()
        )
        assert sealing.seal_now() == 0
        assert Seal.objects.count() == 3
        assert faults() == []

    def test_each_seal_hangs_on_the_one_before(self, monkeypatch):
        monkeypatch.setattr(sealing, "BATCH", 2)
        for _n in range(5):
            entry()
        sealing.seal_now()
        entry()
        sealing.seal_now()
        seals = list(Seal.objects.filter(log="auditentry").order_by("last_id"))
        assert [seal.entries for seal in seals] == [2, 2, 1, 1]
        assert [seal.previous for seal in seals] == ["", *(seal.digest for seal in seals[:-1])]
        assert faults() == []

    def test_the_text_that_is_hashed_depends_on_no_setting(self):
        entry("ملاحظة «»", amount=1.5)
        audit.disclose(reader=None, subject=AreaFactory(), fields=["a"])
        sealing.seal_now()
        with connection.cursor() as cursor:
            cursor.execute(
                "SET timezone = 'Asia/Tokyo'; SET datestyle = 'German'; "
                "SET extra_float_digits = 0; SET bytea_output = 'escape'"
            )
        assert faults() == []
        connection.close()

    def test_what_is_rolled_back_leaves_a_gap_that_is_no_fault(self):
        entry()
        with transaction.atomic():
            entry()
            transaction.set_rollback(True)
        entry()
        sealing.seal_now()
        assert faults() == []
        assert Seal.objects.get(log="auditentry").entries == 2

    def test_seals_cannot_be_changed_by_the_portal(self):
        entry()
        sealing.seal_now()
        for deed in (Seal.objects.all().delete, lambda: Seal.objects.update(digest="0")):
            with pytest.raises(InternalError):
                deed()


class TestConcurrency:
    def test_an_entry_that_commits_late_under_a_lower_id_is_sealed_in_its_place(self):
        opened, go_on = threading.Event(), threading.Event()

        def write_slowly():
            try:
                with transaction.atomic():
                    entry("late")
                    opened.set()
                    go_on.wait(10)
            finally:
                connection.close()

        thread = threading.Thread(target=write_slowly)
        thread.start()
        opened.wait(10)
        early = entry("early")
        # While the other is still open nothing is sealed, however often it is tried.
        assert sealing.seal_all() == 0
        assert sealing.seal_all() == 0
        go_on.set()
        thread.join()
        assert AuditEntry.objects.get(note="late").pk < early.pk
        assert sealing.seal_all() == 2
        assert faults() == []
        assert Seal.objects.get(log="auditentry").row_ids == [AuditEntry.objects.get(note="late").pk, early.pk]

    def test_an_open_transaction_is_waited_for_no_longer_than_said(self):
        opened, go_on = threading.Event(), threading.Event()

        def write_slowly():
            try:
                with transaction.atomic():
                    entry("late")
                    opened.set()
                    go_on.wait(10)
            finally:
                connection.close()

        thread = threading.Thread(target=write_slowly)
        thread.start()
        opened.wait(10)
        with pytest.raises(TimeoutError):
            sealing.seal_now(patience=timedelta(seconds=0.5))
        go_on.set()
        thread.join()

    def test_appenders_and_two_sealers_at_once_leave_an_unbroken_chain(self, monkeypatch):
        monkeypatch.setattr(sealing, "BATCH", 7)

        def append():
            try:
                for _n in range(25):
                    with transaction.atomic():
                        entry()
                        entry()
            finally:
                connection.close()

        def seal():
            try:
                for _n in range(15):
                    sealing.seal_all()
            finally:
                connection.close()

        threads = [threading.Thread(target=deed) for deed in (append, append, append, seal, seal)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sealing.seal_now()
        assert faults() == []
        assert sum(Seal.objects.filter(log="auditentry").values_list("entries", flat=True)) == 150


class TestTampering:
    @pytest.fixture(autouse=True)
    def _sealed(self, monkeypatch):
        monkeypatch.setattr(sealing, "BATCH", 3)
        self.entries = [entry(f"note {n}") for n in range(8)]
        audit.disclose(reader=None, subject=AreaFactory(), fields=["a"])
        user = UserFactory()
        User.objects.filter(pk=user.pk).update(full_name="x")
        sealing.seal_now()
        assert faults() == []

    def test_a_changed_entry_is_named(self):
        tamper(
            "ministry_auditentry", "UPDATE ministry_auditentry SET note = 'other' WHERE id = %s", [self.entries[4].pk]
        )
        assert faults() == [("auditentry", "changed", self.entries[4].pk)]

    @pytest.mark.parametrize(
        "change",
        [
            "at = at + interval '1 microsecond'",
            "action = 'x'",
            "data = '{\"a\": 1}'",
            "target_id = 7",
            "request_id = 'r'",
        ],
    )
    def test_every_column_counts(self, change):
        tamper("ministry_auditentry", f"UPDATE ministry_auditentry SET {change} WHERE id = %s", [self.entries[0].pk])
        assert faults() == [("auditentry", "changed", self.entries[0].pk)]

    def test_a_removed_entry_is_named(self):
        tamper("ministry_auditentry", "DELETE FROM ministry_auditentry WHERE id = %s", [self.entries[7].pk])
        assert faults() == [("auditentry", "missing", self.entries[7].pk)]

    def test_an_inserted_entry_is_named(self):
        gone = self.entries[0].pk - 1
        tamper(
            "ministry_auditentry",
            "INSERT INTO ministry_auditentry (id, at, action, target_type, note, data, request_id) "
            "VALUES (%s, now(), 'test.done', '', '', '{}', '')",
            [gone],
        )
        assert faults() == [("auditentry", "inserted", gone)]

    def test_the_other_logs_are_watched_too(self):
        tamper("ministry_disclosureentry", "UPDATE ministry_disclosureentry SET fields = '{b}'")
        tamper("ministry_rowversion", 'UPDATE ministry_rowversion SET row = row || \'{"full_name": "y"}\'')
        assert {(log, kind) for log, kind, _id in faults()} == {
            ("disclosureentry", "changed"),
            ("rowversion", "changed"),
        }

    def test_an_edited_seal_is_named_even_when_it_fits_the_entries(self):
        changed = self.entries[4].pk
        tamper("ministry_auditentry", "UPDATE ministry_auditentry SET note = 'other' WHERE id = %s", [changed])
        seal = Seal.objects.get(row_ids__contains=[changed])
        log = sealing.LOGS[0]
        tamper(
            "ministry_seal",
            f"UPDATE ministry_seal SET row_hashes = (SELECT array_agg(hash ORDER BY id) FROM ({log.hashes} "
            "WHERE id BETWEEN first_id AND last_id) h) WHERE id = %s",
            [seal.pk],
        )
        assert faults() == [("auditentry", "seal_changed", seal.pk)]

    def test_a_seal_whose_digest_was_adjusted_breaks_the_next(self):
        first, second, *_rest = Seal.objects.filter(log="auditentry").order_by("last_id")
        tamper("ministry_seal", "UPDATE ministry_seal SET digest = repeat('0', 64) WHERE id = %s", [first.pk])
        assert faults() == [("auditentry", "seal_changed", first.pk), ("auditentry", "seal_missing", second.pk)]

    def test_a_removed_seal_is_noticed(self):
        _first, second, third = Seal.objects.filter(log="auditentry").order_by("last_id")
        tamper("ministry_seal", "DELETE FROM ministry_seal WHERE id = %s", [second.pk])
        assert faults() == [("auditentry", "seal_missing", third.pk)]


class TestCommands:
    def test_an_intact_chain_says_so(self):
        entry()
        call_command("seal_logs", stdout=StringIO())
        entry()
        out = StringIO()
        call_command("verify_seals", stdout=out)
        assert "auditentry: 1 entries intact, 1 not yet sealed" in out.getvalue()

    def test_a_broken_one_ends_with_an_error_that_names_the_row(self):
        broken = entry()
        call_command("seal_logs", stdout=StringIO())
        tamper("ministry_auditentry", "UPDATE ministry_auditentry SET note = 'other'")
        with pytest.raises(CommandError, match=f"auditentry: entry {broken.pk} was changed"):
            call_command("verify_seals")

    def test_a_chain_cut_off_at_its_end_lacks_the_digest_noted_elsewhere(self):
        entry()
        call_command("seal_logs", stdout=StringIO())
        noted = Seal.objects.get(log="auditentry").digest
        call_command("verify_seals", expect=[noted], stdout=StringIO())
        tamper("ministry_seal", "DELETE FROM ministry_seal")
        with pytest.raises(CommandError, match=noted):
            call_command("verify_seals", expect=[noted])
