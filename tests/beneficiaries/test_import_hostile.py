"""Files nobody should make and everybody does: each gets a clear message, 4xx at most, and nothing comes in."""

import io
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from beneficiaries.imports.reasons import REASONS, sentence
from beneficiaries.models import Household, ImportBatch, Individual
from ministry import jobs
from ministry.models import Area
from tests.beneficiaries.register_files import country_areas, findings, household, person, take_in, write
from tests.ministry.factories import UserFactory

pytestmark = pytest.mark.django_db
S = ImportBatch.Status


def workbook(rows: list[list[object]], *, sheet: str = "Sheet") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def table(row: dict[str, str]) -> list[list[object]]:
    return [list(row), list(row.values())]


@pytest.fixture
def officer(client):
    country_areas()
    user = UserFactory(permissions=[f"beneficiaries.{verb}_importbatch" for verb in ("view", "add", "commit")])
    client.force_login(user)
    return user


@pytest.fixture
def bring_in(client, officer, tmp_path):
    """Upload through the page as a browser does; return the answer and the checked batch, if one came to be."""

    def upload(**contents: bytes):
        write(tmp_path)
        files = {
            name: SimpleUploadedFile(f"{name}.csv", contents.get(name) or (tmp_path / f"{name}.csv").read_bytes())
            for name in ("households", "individuals")
        }
        response = client.post(
            reverse("beneficiaries:import_create"), {"area": Area.objects.get(code="EG").pk, **files}
        )
        batch = ImportBatch.objects.first()
        if batch and batch.status == S.NAMING:
            assert client.get(reverse("beneficiaries:import_columns", args=[batch.pk])).status_code == 200
        elif batch:
            jobs.run_now(batch.job)
            batch.refresh_from_db()
            assert client.get(batch.get_absolute_url()).status_code == 200
        return response, batch

    return upload


def only(batch) -> tuple[str, int, str, str]:
    """Return the file, row, column and reason of the one finding, having made its sentence."""
    ((file, row, column, _value, reason),) = findings(batch)
    issue = batch.issues.get()
    assert sentence(issue.reason, issue.params)
    return file, row, column, reason


class TestCells:
    @pytest.mark.parametrize(
        ("column", "cell", "reason"),
        [
            ("full_name", "س" * 301, "too_long"),
            ("full_name", "سعاد " * 2_000_000, "too_long"),
            ("full_name", "=CONCAT(A1;A2)", "formula"),
            ("full_name", "#REF!", "formula"),
            ("person_ref", "=1+1", "formula"),
            ("national_id", "=HYPERLINK(0)", "formula"),
            ("phone", "=cmd|' /C calc'!A0", "formula"),
            ("birth_date", "0001-01-01", "date_too_early"),
            ("birth_date", "0000-00-00", "not_a_date"),
            ("birth_date", "9999-12-31", "date_in_future"),
            ("birth_date", "=TODAY()", "not_a_date"),
            ("years_schooling", "9" * 400, "out_of_range"),
            ("years_schooling", "1e400", "not_a_number"),
            ("years_schooling", "NaN", "not_a_number"),
            ("sex", "F'; DROP TABLE beneficiaries_household; --", "unknown_code"),
            ("disability", "vision:3;" * 1000, "unreadable_disability"),
        ],
    )
    def test_is_named_with_the_reason(self, bring_in, tmp_path, column, cell, reason):
        write(tmp_path / "bad", people=[person(**{column: cell})])
        response, batch = bring_in(individuals=(tmp_path / "bad" / "individuals.csv").read_bytes())
        assert response.status_code == 302
        assert only(batch) == ("individuals", 2, column, reason)
        assert len(batch.issues.get().value) <= 200

    @pytest.mark.parametrize(
        "dirt", ["\x00", "\u202e", "\u2067", "\u200f", "\ufeff", "\u200b"], ids=lambda dirt: f"U+{ord(dirt):04X}"
    )
    def test_what_nobody_sees_is_taken_away(self, bring_in, tmp_path, dirt):
        write(tmp_path / "bad", people=[person(full_name=f"سعاد محمود{dirt} عبد الله")])
        _response, batch = bring_in(individuals=(tmp_path / "bad" / "individuals.csv").read_bytes())
        assert findings(batch) == []
        assert batch.status == S.IN_REVIEW

    def test_digits_of_any_script_are_read(self, tmp_path):
        batch = take_in(
            write(tmp_path, [household(rooms="۳", registered_on="٢٠٢٤-٠٥-٠١")], [person(national_id="٢٨٨٠٦١٥٢٥٠٠١٤٩")])
        )
        assert batch.status == S.COMMITTED, findings(batch)
        assert Household.objects.get().dwelling.rooms == 3
        assert Individual.objects.get().identifiers.get().value_key == "28806152500149"

    def test_a_mark_of_an_order_of_reading_does_not_hide_in_a_finding(self, tmp_path):
        batch = take_in(write(tmp_path, [household(rooms="\u202e3x")]))
        assert only(batch) == ("households", 2, "rooms", "not_a_number")


class TestHeaders:
    """A page asks which column is what; the command, which asks nobody, says what is wrong with the header."""

    @pytest.fixture
    def by_both(self, bring_in, tmp_path):
        def take(content: bytes) -> ImportBatch:
            response, batch = bring_in(households=content)
            assert response.status_code == 302
            assert batch.status == S.NAMING
            (tmp_path / "households.csv").write_bytes(content)
            batch = take_in(tmp_path)
            assert batch.status == S.FAILED
            return batch

        return take

    def test_a_column_twice_is_named(self, by_both):
        header, row = table(household())
        content = "\n".join(",".join(map(str, [*line, line[-1]])) for line in (header, row)).encode()
        assert ("households", 1, "income_monthly", "income_monthly", "column_repeated") in findings(by_both(content))

    def test_a_thousand_columns_are_told_apart_from_the_template(self, by_both):
        batch = by_both(",".join(f"c{number}" for number in range(1000)).encode() + b"\n1\n")
        assert batch.issues.filter(reason="column_missing").count() == 26

    def test_a_header_of_one_long_line_is_explained(self, by_both):
        assert all(len(finding[2]) <= 40 for finding in findings(by_both(b"x" * 10_000_000)))


class TestFiles:
    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "iso8859_6", "cp1256"])
    def test_of_other_encodings_are_read(self, tmp_path, encoding):
        name = "فاطمة يوسف مصطفى"
        write(tmp_path, people=[person(full_name=name, mother_name="هدى كامل")])
        path = tmp_path / "individuals.csv"
        mark = "\ufeff" if encoding == "utf-16-be" else ""
        path.write_bytes((mark + path.read_text(encoding="utf-8")).encode(encoding))
        households = tmp_path / "households.csv"
        households.write_bytes(households.read_text(encoding="utf-8").encode(encoding.removesuffix("-be")))
        batch = take_in(tmp_path)
        assert batch.status == S.COMMITTED, findings(batch)
        assert Individual.objects.get().full_name == name
        assert Household.objects.get().address == "شارع 7 - عقار 12"

    def test_a_bomb_is_refused_beside_its_field(self, client, bring_in):
        output = io.BytesIO(workbook(table(household())))
        with zipfile.ZipFile(output, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet2.xml", b"0" * (30 * 1024 * 1024))
        response, batch = bring_in(households=output.getvalue())
        assert (response.status_code, batch) == (422, None)
        assert "households" in response.context["form"].errors

    @pytest.mark.parametrize("content", [b"PK\x03\x04" + b"x" * 100, b"\x00" * 1000, b"%PDF-1.7 \x00\x01", b""])
    def test_what_is_no_table_is_refused_beside_its_field(self, bring_in, content):
        response, batch = bring_in(individuals=content or b" ")
        if batch is None:
            assert response.status_code == 422
            assert "individuals" in response.context["form"].errors
        else:
            assert batch.status == S.FAILED
            assert only(batch)[3] in {"empty_file", "column_missing"}

    def test_a_workbook_whose_sheet_is_missing_is_explained(self, bring_in):
        whole = io.BytesIO(workbook(table(household())))
        torn = io.BytesIO()
        with zipfile.ZipFile(whole) as source, zipfile.ZipFile(torn, "w") as target:
            for entry in source.infolist():
                if not entry.filename.startswith("xl/worksheets/"):
                    target.writestr(entry, source.read(entry))
        response, batch = bring_in(households=torn.getvalue())
        assert response.status_code == 302
        assert batch.status == S.FAILED
        assert only(batch) == ("households", 1, "", "unreadable_file")

    def test_an_empty_workbook_is_explained(self, bring_in):
        _response, batch = bring_in(households=workbook([]))
        assert (batch.status, only(batch)[3]) == (S.FAILED, "empty_file")

    def test_a_formula_nobody_has_computed_is_not_an_empty_cell(self, bring_in):
        row = household(address="=A1&B1", rooms="=1+2")
        _response, batch = bring_in(households=workbook(table(row)))
        assert [finding[2:5:2] for finding in findings(batch)] == [("address", "formula"), ("rooms", "not_a_number")]
        assert batch.issues.get(column="rooms").value == "=1+2"

    def test_typed_cells_of_a_workbook_are_read_as_shown(self, bring_in):
        row: dict[str, object] = household() | {"rooms": 3.0, "monthly_rent": 700.5, "urban": True}
        _response, batch = bring_in(households=workbook(table(row)))
        assert findings(batch) == []


def test_every_reason_is_told_in_both_languages():
    for reason in REASONS.values():
        texts = set()
        for language in ("ar", "en"):
            with translation.override(language):
                texts.add(str(reason.sentence))
        assert len(texts) == 2, reason.code
