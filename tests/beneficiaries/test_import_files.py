"""Files as offices really save them: encodings, separators, spreadsheets, damage."""

import datetime as dt
import io
import json

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from beneficiaries.models import Household, ImportBatch, Individual
from beneficiaries.services import imports as services
from tests.beneficiaries.register_files import (
    WOMAN_1988,
    country_areas,
    findings,
    household,
    person,
    take_in,
    write,
)
from tests.shared_register import shared_register

pytestmark = pytest.mark.django_db
S = ImportBatch.Status


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1256"])
def test_every_encoding_and_separator_gives_the_same(tmp_path, encoding, delimiter):
    take_in(write(tmp_path, people=[person(full_name="سعاد محمود, عبد الله")], encoding=encoding, delimiter=delimiter))
    assert Individual.objects.get().full_name == "سعاد محمود, عبد الله"
    assert Household.objects.get().address == "شارع 7 - عقار 12"


def test_rows_are_counted_as_a_spreadsheet_shows_them(tmp_path):
    rows = [household(address="شارع 1\nعمارة 2"), household(household_ref="H2", rooms="x")]
    folder = write(tmp_path, rows, [person(), person(person_ref="P2", household_ref="H2")])
    lines = (folder / "households.csv").read_bytes().split(b"\r\n")
    lines.insert(1, b"")
    lines.insert(2, b"," * (len(rows[0]) - 1))
    (folder / "households.csv").write_bytes(b"\r\n".join(lines))
    assert findings(take_in(folder), "bad") == [("households", 5, "rooms", "x", "not_a_number")]


def test_a_cell_with_a_line_break_comes_in_on_one_line(tmp_path):
    take_in(write(tmp_path, [household(address="شارع 1\nعمارة\\2\t\tشقة 3")]))
    assert Household.objects.get().address == "شارع 1 عمارة/2 شقة 3"


def test_what_cannot_be_seen_is_cleaned_away(tmp_path):
    dirty = person(
        full_name="\u202bسعاد\u200f محمود\u00a0 عبد الله \u202c",
        national_id=f"\u200e{WOMAN_1988}\u200e",
        birth_date="\ufeff1988-06-15",
        mother_name="هدى\x07 حسن",
    )
    batch = take_in(write(tmp_path, people=[dirty]))
    assert batch.status == S.COMMITTED, findings(batch)
    individual = Individual.objects.get()
    assert individual.full_name == "سعاد محمود عبد الله"
    assert individual.mother_name == "هدى حسن"
    assert individual.identifiers.get().value == WOMAN_1988


def test_a_nul_is_cleaned_away(tmp_path):
    take_in(write(tmp_path, people=[person(full_name="سعاد\x00 محمود")]))
    assert Individual.objects.get().full_name == "سعاد محمود"


def test_a_cell_of_ten_megabytes_is_one_finding(tmp_path):
    batch = take_in(write(tmp_path, [household(address="ا" * 5_000_000)]))
    ((file, row, column, value, reason),) = findings(batch)
    assert (file, row, column, reason) == ("households", 2, "address", "too_long")
    assert len(value) == 200
    assert batch.issues.get().params == {"found": 5_000_000, "limit": 300}


def test_a_row_with_a_cell_too_many_is_named(tmp_path):
    folder = write(tmp_path, [household(), household(household_ref="H2")], [person()])
    lines = (folder / "individuals.csv").read_text(encoding="utf-8").splitlines()
    lines.append(lines[1].replace("P1", "P2") + ",x")
    (folder / "individuals.csv").write_text("\n".join(lines), encoding="utf-8")
    assert ("individuals", 3, "", "", "cell_count") in findings(take_in(folder), "bad")


def test_damaged_letters_are_named(tmp_path):
    folder = write(tmp_path)
    raw = (folder / "individuals.csv").read_bytes()
    (folder / "individuals.csv").write_bytes(raw.replace("هدى".encode(), "هدى".encode()[:-1]))
    batch = take_in(folder)
    assert [found[:3] + found[4:] for found in findings(batch)] == [
        ("individuals", 2, "mother_name", "unreadable_characters")
    ]


@pytest.mark.parametrize("content", ["household_ref,rooms\n", "\n\n", "hello"])
def test_a_file_without_rows_or_header_is_explained(tmp_path, content):
    folder = write(tmp_path)
    (folder / "households.csv").write_text(content, encoding="utf-8")
    batch = take_in(folder)
    assert batch.status == S.FAILED
    assert findings(batch, "bad")
    assert not Household.objects.exists()


def test_an_empty_register_is_said_to_be_empty(tmp_path):
    folder = write(tmp_path)
    header = (folder / "households.csv").read_text(encoding="utf-8").splitlines()[0]
    (folder / "households.csv").write_text(header + "\n", encoding="utf-8")
    batch = take_in(folder)
    assert (batch.status, findings(batch)) == (S.FAILED, [("households", 1, "", "", "empty_file")])


def test_arabic_digits_are_read(tmp_path):
    batch = take_in(
        write(tmp_path, [household(rooms="٣", income_monthly="١٨٥٠٫٥", urban="١")], [person(birth_date="١٩٨٨-٠٦-١٥")])
    )
    assert batch.status == S.COMMITTED, findings(batch)
    home = Household.objects.get()
    assert (home.dwelling.rooms, str(home.income_monthly), home.urban) == (3, "1850.500", True)
    assert Individual.objects.get().birth_date == dt.date(1988, 6, 15)


def test_a_workbook_comes_in_like_a_text_file(tmp_path):
    folder = write(tmp_path)
    for name, row in (("households", household()), ("individuals", person(national_id=WOMAN_1988))):
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        sheet.append(list(row))
        typed = [int(cell) if cell.isdigit() and column != "phone" else cell or None for column, cell in row.items()]
        day = list(row).index("registered_on" if name == "households" else "birth_date")
        typed[day] = dt.datetime.fromisoformat(row[list(row)[day]])
        sheet.append(typed)
        workbook.save(folder / f"{name}.xlsx")
    batch = services.import_now(
        households=folder / "households.xlsx", individuals=folder / "individuals.xlsx", area=country_areas()
    )
    assert batch.status == S.COMMITTED, findings(batch)
    assert Household.objects.get().registered_on == dt.date(2024, 5, 1)
    assert Individual.objects.get().identifiers.get().value_key == WOMAN_1988


class TestCommand:
    def run(self, folder, *options: str) -> str:
        country_areas()
        out = io.StringIO()
        arguments = [f"--{name}={folder / name}.csv" for name in ("households", "individuals")]
        call_command("import_register", *arguments, *options, stdout=out, stderr=io.StringIO())
        return out.getvalue()

    def test_without_commit_it_only_looks(self, tmp_path):
        assert "--commit" in self.run(write(tmp_path))
        assert not Household.objects.exists()

    def test_with_commit_it_enters_and_says_so_when_nothing_is_new(self, tmp_path):
        write(tmp_path)
        assert "entered: 1 households, 1 people" in self.run(tmp_path, "--commit")
        again = self.run(tmp_path, "--commit")
        assert "entered: 0 households, 0 people (already registered: 1 households, 1 people)" in again

    def test_names_every_bad_cell_and_fails(self, tmp_path):
        write(tmp_path, [household(rooms="x", urban="?")])
        errors = io.StringIO()
        country_areas()
        with pytest.raises(CommandError):
            call_command(
                "import_register",
                *(f"--{name}={tmp_path / name}.csv" for name in ("households", "individuals")),
                "--commit",
                stdout=io.StringIO(),
                stderr=errors,
            )
        assert [line.split("\t")[:4] for line in errors.getvalue().splitlines()] == [
            ["households", "2", "rooms", "x"],
            ["households", "2", "urban", "?"],
        ]

    def test_other_layouts_come_in_through_a_mapping(self, tmp_path):
        folder = write(tmp_path)
        for name, old, new in (("households", "household_ref", "HH No"), ("individuals", "full_name", "الاسم")):
            path = folder / f"{name}.csv"
            text = path.read_text(encoding="utf-8").replace(old, new, 1).replace("\n", "\n", 1)
            path.write_text(text, encoding="utf-8")
        (folder / "mapping.json").write_text(json.dumps({"HH No": "household_ref", "الاسم": "full_name"}))
        assert "entered: 1 households" in self.run(folder, "--commit", f"--mapping={folder / 'mapping.json'}")

    def test_writes_every_finding_to_a_file(self, tmp_path):
        self.run(write(tmp_path, people=[person(phone="12")]), f"--findings={tmp_path / 'found.csv'}")
        assert "individuals,2,phone,12," in (tmp_path / "found.csv").read_text(encoding="utf-8-sig")

    @pytest.mark.parametrize("mapping", ["not json", "[]", '{"a": 1}'])
    def test_a_mapping_that_is_none_is_refused(self, tmp_path, mapping):
        (tmp_path / "mapping.json").write_text(mapping)
        with pytest.raises(CommandError, match=r"mapping\.json"):
            self.run(write(tmp_path), f"--mapping={tmp_path / 'mapping.json'}")

    def test_takes_the_shared_register(self):
        said = self.run(shared_register("households.csv").parent)
        assert "households: 5527 rows, 0 already registered" in said
        assert "individuals: 21356 rows, 0 already registered" in said
