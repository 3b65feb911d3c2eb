import csv
import datetime as dt
import hashlib
import io
from decimal import Decimal
from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections
from openpyxl import load_workbook

from beneficiaries.models import Identifier, Individual
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.exports import safe_cell
from programs.models import PaymentFile
from programs.payments.files import HEADINGS, ROWS_AT_ONCE, rows_of
from programs.services import payment_files, payments
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs.payment_factories import (
    RELEASE,
    TAKAFUL,
    approved,
    cycle_of,
    decide,
    duplicate_pair,
    enrol,
    household,
    make_file,
    preparer,
    program_in_force,
    released,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def takaful_cycle(*homes):
    program = program_in_force(TAKAFUL)
    enrol(program, *(homes or (household(), household())))
    return cycle_of(program)


def named(home, name: str, number: str = "29001011234567"):
    head = home.memberships.get(relationship="head").individual
    Individual.objects.filter(pk=head.pk).update(full_name=name)
    Identifier.objects.create(individual=head, kind="national_id", value=number, value_key=number)
    return home


def content(file: PaymentFile) -> bytes:
    with file.document.file.open("rb") as opened:
        return opened.read()


def csv_rows(file: PaymentFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content(file).decode("utf-8-sig"))))


class TestControls:
    @pytest.mark.parametrize("file_format", PaymentFile.Format.values)
    def test_count_total_and_hash_are_those_of_the_bytes(self, file_format):
        cycle = released(takaful_cycle())
        file = make_file(cycle, file_format)
        assert (file.lines, file.control_total) == (2, Decimal("650"))
        assert hashlib.sha256(content(file)).hexdigest() == file.sha256 == file.document.sha256
        assert set(cycle.payments.values_list("status", "batch")) == {("sent", 1)}

    def test_the_same_list_again_is_the_same_file(self):
        cycle = released(takaful_cycle())
        first = make_file(cycle)
        with pytest.raises(payment_files.FileAlreadyMade) as known:
            make_file(cycle)
        assert known.value.file == first
        assert PaymentFile.objects.count() == 1

    def test_another_format_holds_the_same_lines(self):
        cycle = released(takaful_cycle())
        first, second = make_file(cycle, "csv"), make_file(cycle, "xlsx")
        assert (second.batch, second.lines, second.control_total) == (first.batch, first.lines, first.control_total)

    def test_a_lifted_hold_goes_into_a_further_list(self):
        one, two = household(), household()
        cycle = takaful_cycle(one, two)
        pair = duplicate_pair(one, two)
        cycle = released(cycle)
        assert make_file(cycle).lines == 1
        decide(pair, "different")
        payments.release_hold(payment=cycle.payments.get(status="held"), actor=preparer())
        further = make_file(cycle)
        assert (further.batch, further.lines, further.control_total) == (2, 1, Decimal("325"))
        assert make_file(cycle, "xlsx", batch=1).lines == 1

    def test_refused_before_release(self):
        cycle = approved(takaful_cycle())
        with pytest.raises(TransitionNotAllowed):
            payment_files.make_payment_file(
                cycle=cycle, file_format="csv", actor=UserFactory(permissions=RELEASE), tell_worker=False
            )

    def test_needs_the_right_for_the_whole_country(self):
        cycle = released(takaful_cycle())
        local = UserFactory(permissions=RELEASE, permissions__area=AreaFactory())
        with pytest.raises(PermissionDenied):
            payment_files.make_payment_file(cycle=cycle, file_format="csv", actor=local, tell_worker=False)

    def test_refused_when_everything_is_on_hold(self):
        cycle = released(takaful_cycle(household(has_head=False)))
        with pytest.raises(RuleViolation):
            payment_files.make_payment_file(cycle=cycle, file_format="csv", actor=cycle.released_by, tell_worker=False)


class TestContent:
    def test_csv_says_who_gets_how_much(self):
        home = named(household(area=AreaFactory(name_ar="أسيوط")), "فاطمة علي")
        cycle = released(takaful_cycle(home))
        file = make_file(cycle)
        payment = cycle.payments.get()
        assert csv_rows(file) == [
            {
                "payment_ref": payment.payment_ref,
                "payee_name": "فاطمة علي",
                "national_id": "29001011234567",
                "phone": home.phone.replace("+", "00"),
                "governorate": "أسيوط",
                "unit": "أسيوط",
                "amount": "325.00",
                "currency": "EGP",
                "month": "2026-11",
                "household_ref": home.household_ref,
            }
        ]

    @pytest.mark.parametrize(("file_format", "marked"), [("csv", True), ("csv_plain", False)])
    def test_the_byte_order_mark_is_a_choice(self, file_format, marked):
        file = make_file(released(takaful_cycle()), file_format)
        assert content(file).startswith(b"\xef\xbb\xbf") is marked

    @pytest.mark.parametrize(
        "name", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r\n=1+1", " =1+1", "'=1+1", "＝1+1"]
    )
    def test_no_name_becomes_a_formula(self, name):
        cycle = released(takaful_cycle(named(household(), name)))
        written = csv_rows(make_file(cycle, "csv"))[0]["payee_name"]
        assert written.startswith("'")
        book = load_workbook(io.BytesIO(content(make_file(cycle, "xlsx"))))
        cells = {cell.data_type for row in book.worksheets[0].iter_rows(min_row=2) for cell in row}
        assert "f" not in cells

    def test_ordinary_text_is_left_alone(self):
        assert safe_cell("محمد O'Neil 12-3") == "محمد O'Neil 12-3"

    def test_a_number_of_fourteen_digits_stays_text(self):
        cycle = released(takaful_cycle(named(household(), "فاطمة", "02900101123456")))
        sheet = load_workbook(io.BytesIO(content(make_file(cycle, "xlsx")))).worksheets[0]
        values = dict(zip(HEADINGS, (cell.value for cell in sheet[2]), strict=True))
        assert values["national_id"] == "02900101123456"
        assert values["amount"] == 325

    def test_workbook_states_its_totals(self):
        book = load_workbook(io.BytesIO(content(make_file(released(takaful_cycle()), "xlsx"))))
        control = {row[0].value: row[1].value for row in book["control"].iter_rows()}
        assert (control["payments"], control["control_total"], control["currency"]) == (2, 650, "EGP")

    def test_three_decimals_where_the_currency_has_three(self, settings):
        settings.COUNTRY = "JO"
        program = program_in_force((Decimal("40.125"), 1, ((0, 17, None, "10.375"),)))
        enrol(program, household(), household(dt.date(2020, 1, 1)))
        cycle = released(cycle_of(program))
        assert cycle.currency == "JOD"
        file = make_file(cycle)
        assert [row["amount"] for row in csv_rows(file)] == ["40.125", "50.500"]
        assert file.control_total == Decimal("90.625")


def test_the_driver_fetches_as_many_lines_at_a_time_as_it_is_told():
    cycle = released(takaful_cycle())
    make_file(cycle)
    cursors = []
    connection = connections["default"]
    chunked = connection.chunked_cursor

    def watched():
        cursors.append(chunked())
        return cursors[-1]

    with mock.patch.object(connection, "chunked_cursor", watched):
        assert list(rows_of(cycle, 1))
    assert [cursor.cursor.itersize for cursor in cursors] == [ROWS_AT_ONCE]
