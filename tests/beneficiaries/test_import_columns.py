"""Files of other layouts: which column is what, what their words mean, kept under a name and used again."""

import csv
import io
import json

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from beneficiaries.models import ColumnMapping, Household, ImportBatch, Individual, Membership
from ministry import jobs
from ministry.models import Area, AuditEntry
from tests.beneficiaries.register_files import (
    WOMAN_1988,
    country_areas,
    findings,
    household,
    person,
    write,
)
from tests.ministry.factories import UserFactory

pytestmark = pytest.mark.django_db
S = ImportBatch.Status
CREATE = "beneficiaries:import_create"

# Headings an office or a survey uses instead of the template's.
OFFICE = {"household_ref": "رقم الملف", "address": "العنوان", "rooms": "عدد الغرف", "tenure": "نوع الحيازة"}
PEOPLE = {"household_ref": "رقم الملف", "person_ref": "رقم الفرد", "full_name": "الاسم", "sex": "النوع"}


@pytest.fixture
def officer(client):
    country_areas()
    user = UserFactory(permissions=[f"beneficiaries.{verb}_importbatch" for verb in ("view", "add", "commit")])
    client.force_login(user)
    return user


def text_file(row: dict[str, str], headings: dict[str, str], *, left_out: tuple[str, ...] = ()) -> bytes:
    output = io.StringIO()
    writer = csv.writer(output)
    names = [name for name in row if name not in left_out]
    writer.writerow([headings.get(name, name) for name in names])
    writer.writerow([row[name] for name in names])
    return output.getvalue().encode()


def office_files(**options) -> dict[str, bytes]:
    """Return files with an office's own headings and words, and a column nobody needs."""
    home = household(tenure="ملك", urban="نعم", registered_on="1/5/2024") | {"ملاحظات": "زيارة"}
    head = person(sex="أنثى", national_id=WOMAN_1988, birth_date="15/6/1988", relationship="head")
    return {
        "households": text_file(home, OFFICE, **options),
        "individuals": text_file(head, PEOPLE),
    }


def kobo_workbook() -> bytes:
    """Return an export of a survey: forms on one sheet, a repeat group of their members on another."""
    book = openpyxl.Workbook()
    forms, members = book.active, book.create_sheet("members")
    forms.title = "survey"
    cells = household()
    names = [name for name in cells if name not in ("household_ref", "registered_on")]
    forms.append(["start", "_submission_time", *(f"dwelling/{name}" for name in names), "_id", "_uuid", "_index"])
    members.append([*(f"roster/{name}" for name in person() if name.endswith("name")), "roster/sex",
                    "roster/relationship", "roster/birth_date", "_index", "_parent_table_name", "_parent_index",
                    "_submission__id"])  # fmt: skip
    for number, count in ((70001, 2), (70002, 1)):
        forms.append(
            ["2024-05-01T09:00:00.000+02:00", "2024-05-01T09:30:00", *(cells[name] for name in names), number, "u", 1]
        )
        for place in range(count):
            members.append(
                ["سعاد محمود عبد الله", "هدى حسن", "Female" if place else "female", "child" if place else "head",
                 "2015-01-01" if place else "1988-06-15", place + 1, "survey", 1, number]
            )  # fmt: skip
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def upload(client, *, mapping: ColumnMapping | None = None, **contents: bytes):
    files = {
        name: SimpleUploadedFile(f"{name}.{'xlsx' if content[:2] == b'PK' else 'csv'}", content)
        for name, content in contents.items()
    }
    data = {"area": Area.objects.get(code="EG").pk, **files}
    if mapping:
        data["column_mapping"] = mapping.pk
    return client.post(reverse(CREATE), data)


def step(name: str, batch: ImportBatch) -> str:
    return reverse(f"beneficiaries:import_{name}", args=[batch.pk])


def as_shown(form) -> dict[str, str]:
    """Return what a browser would send of a form nobody has touched."""
    data = {name: form[name].value() for name in form.fields}
    data |= {f"{one.file}_sheet": one.sheet for one in getattr(form, "previews", ())}
    return {name: value for name, value in data.items() if value not in (None, False)}


def finished(batch: ImportBatch) -> ImportBatch:
    batch.refresh_from_db()
    jobs.run_now(batch.job)
    batch.refresh_from_db()
    return batch


class TestAnOfficesOwnFiles:
    def test_are_explained_once_and_come_in(self, client, officer):
        response = upload(client, **office_files())
        batch = ImportBatch.objects.get()
        assert (batch.status, batch.job) == (S.NAMING, None)
        assert response.url == step("columns", batch)
        page = client.get(response.url)
        assert page.status_code == 200
        assert "شارع 7 - عقار 12" in page.content.decode()
        data = as_shown(page.context["form"])
        # What the headings suggest; of those nobody can guess, the person says it.
        assert [data[f"households_{index}"] for index in (1, 2)] == ["registered_on", "governorate_code"]
        form = page.context["form"]
        fields = {form[name].label: name for name in form.fields}
        data |= {
            fields["العنوان"]: "address",
            fields["عدد الغرف"]: "rooms",
            fields["نوع الحيازة"]: "tenure",
            fields["رقم الفرد"]: "person_ref",
            fields["الاسم"]: "full_name",
            fields["النوع"]: "sex",
            "households_0": "household_ref",
            "individuals_0": "household_ref",
            "households_dates": "dmy",
            "individuals_dates": "dmy",
            "name": "مكتب أسيوط",
        }
        data.pop("numbered", None)
        response = client.post(step("columns", batch), data)
        assert response.status_code == 302, response.context["form"].errors
        page = client.get(response.url)
        assert {one[1:] for one in page.context["form"].words.values()} == {
            ("tenure", "ملك"), ("urban", "نعم"), ("sex", "أنثى"),
        }  # fmt: skip
        assert as_shown(page.context["form"]) == {
            "households_tenure_0": "owned", "households_urban_0": "1", "individuals_sex_0": "F",
        }  # fmt: skip
        response = client.post(response.url, as_shown(page.context["form"]))
        assert response.url == batch.get_absolute_url()
        batch = finished(batch)
        assert findings(batch) == []
        assert batch.status == S.IN_REVIEW
        kept = ColumnMapping.objects.get()
        assert (kept.name, kept.saved_by) == ("مكتب أسيوط", officer)
        assert AuditEntry.objects.filter(action="column_mapping.added", actor=officer).exists()
        client.post(step("discard", batch), {"note": "لا"})
        # The next files of the same layout need no explanation.
        response = upload(client, mapping=kept, **office_files())
        again = ImportBatch.objects.first()
        assert response.url == again.get_absolute_url()
        again = finished(again)
        assert findings(again) == []
        client.post(step("commit", again))
        finished(again)
        home = Household.objects.get()
        assert (home.dwelling.tenure, home.urban, str(home.registered_on)) == ("owned", True, "2024-05-01")
        assert (Individual.objects.get().sex, str(Individual.objects.get().birth_date)) == ("F", "1988-06-15")

    def test_a_column_the_mapping_does_not_know_asks_again(self, client, officer):
        kept = ColumnMapping.objects.create(name="old", layout={"households": {"columns": {"رقم": "household_ref"}}})
        response = upload(client, mapping=kept, **office_files())
        assert response.url == step("columns", ImportBatch.objects.get())

    def test_columns_that_every_row_needs_are_asked_for(self, client, officer):
        upload(client, **office_files())
        batch = ImportBatch.objects.get()
        response = client.post(step("columns", batch), {"households_dates": "ymd", "individuals_dates": "ymd"})
        assert response.status_code == 422
        assert len(response.context["form"].non_field_errors()) == 8
        batch.refresh_from_db()
        assert batch.status == S.NAMING

    def test_two_columns_cannot_be_the_same(self, client, officer):
        upload(client, **office_files())
        batch = ImportBatch.objects.get()
        data = as_shown(client.get(step("columns", batch)).context["form"])
        response = client.post(step("columns", batch), data | {"households_3": "registered_on"})
        assert response.status_code == 422
        assert "households_3" in response.context["form"].errors

    def test_a_heading_twice_is_told_apart_by_nobody(self, client, officer):
        content = text_file(household(), OFFICE | {"rooms": "عدد", "bedrooms": "عدد"})
        upload(client, households=content, individuals=office_files()["individuals"])
        batch = ImportBatch.objects.get()
        data = as_shown(client.get(step("columns", batch)).context["form"])
        position = list(household()).index("rooms")
        response = client.post(step("columns", batch), data | {f"households_{position}": "rooms"})
        assert response.status_code == 422
        assert f"households_{position}" in response.context["form"].errors

    def test_words_cannot_be_explained_before_columns(self, client, officer):
        upload(client, **office_files())
        batch = ImportBatch.objects.get()
        assert client.get(step("values", batch)).url == step("columns", batch)
        assert client.post(step("values", batch), {}).status_code == 409

    def test_a_nonsense_choice_is_refused(self, client, officer):
        upload(client, **office_files())
        batch = ImportBatch.objects.get()
        response = client.post(step("columns", batch), {"households_0": "id; DROP TABLE", "households_sheet": "x"})
        assert response.status_code == 422

    def test_a_waiting_import_says_what_it_waits_for_and_can_be_discarded(self, client, officer):
        upload(client, **office_files())
        batch = ImportBatch.objects.get()
        assert step("columns", batch) in client.get(batch.get_absolute_url()).content.decode()
        client.post(step("discard", batch), {"note": "ملف خاطئ"})
        batch.refresh_from_db()
        assert batch.status == S.DISCARDED
        assert client.get(step("columns", batch)).url == batch.get_absolute_url()
        assert client.post(step("columns", batch), {}).url == batch.get_absolute_url()

    def test_those_of_other_areas_do_not_exist(self, client, officer):
        upload(client, **office_files())
        batch = ImportBatch.objects.get()
        client.force_login(
            UserFactory(
                permissions=["beneficiaries.add_importbatch", "beneficiaries.view_importbatch"],
                permissions__area=Area.objects.get(code="EG-AST"),
            )
        )
        for name in ("columns", "values"):
            assert client.get(step(name, batch)).status_code == 404
            assert client.post(step(name, batch), {}).status_code == 404


class TestASurveysExport:
    def test_of_one_workbook_comes_in_with_members_numbered_by_place(self, client, officer):
        response = upload(client, households=kobo_workbook())
        batch = ImportBatch.objects.get()
        assert response.url == step("columns", batch)
        page = client.get(response.url)
        form = page.context["form"]
        assert [one.sheet for one in form.previews] == ["survey", "members"]
        data = as_shown(form) | {"households_1": "registered_on"}
        assert data["numbered"]
        response = client.post(step("columns", batch), data)
        assert response.status_code == 302, response.context["form"].errors
        page = client.get(response.url)
        assert as_shown(page.context["form"]) == {"individuals_sex_0": "F"}
        client.post(response.url, as_shown(page.context["form"]))
        batch = finished(batch)
        assert findings(batch, "bad") == []
        client.post(step("commit", batch))
        finished(batch)
        assert list(Household.objects.order_by("id").values_list("household_ref", flat=True)) == ["70001", "70002"]
        assert list(
            Membership.objects.order_by("id").values_list("household__household_ref", "individual__person_ref")
        ) == [("70001", "70001-1"), ("70001", "70001-2"), ("70002", "70002-1")]

    def test_comes_in_twice_without_adding_anybody(self, client, officer):
        for _time in range(2):
            response = upload(client, households=kobo_workbook())
            batch = ImportBatch.objects.first()
            data = as_shown(client.get(response.url).context["form"]) | {"households_1": "registered_on"}
            client.post(client.post(step("columns", batch), data).url, {"individuals_sex_0": "F"})
            batch = finished(batch)
            client.post(step("commit", batch))
            batch = finished(batch)
        assert Individual.objects.count() == 3
        assert batch.summary["entered"]["known_individuals"] == 3

    def test_a_workbook_of_one_sheet_does_not_do_for_both(self, client, officer):
        book = openpyxl.Workbook()
        book.active.append(["household_ref"])
        output = io.BytesIO()
        book.save(output)
        response = upload(client, households=output.getvalue())
        assert response.status_code == 422
        assert "individuals" in response.context["form"].errors

    def test_another_sheet_can_be_looked_at(self, client, officer):
        upload(client, households=kobo_workbook())
        batch = ImportBatch.objects.get()
        page = client.get(step("columns", batch), {"households_sheet": "members"})
        assert page.context["form"].previews[0].sheet == "members"

    def test_a_sheet_that_is_gone_is_named(self, client, officer):
        upload(client, households=kobo_workbook())
        batch = ImportBatch.objects.get()
        data = as_shown(client.get(step("columns", batch)).context["form"]) | {"households_1": "registered_on"}
        client.post(step("columns", batch), data)
        batch.refresh_from_db()
        mapping = batch.mapping
        mapping["individuals"]["sheet"] = "gone"
        ImportBatch.objects.filter(pk=batch.pk).update(mapping=mapping)
        for page in (client.get(step("values", batch)), client.post(step("values", batch), {})):
            assert page.url == batch.get_absolute_url()


def test_the_operator_uses_a_kept_layout_from_a_file(tmp_path):
    country_areas()
    write(tmp_path)
    for name, content in office_files().items():
        (tmp_path / f"{name}.csv").write_bytes(content)
    layout = {
        "households": {
            "columns": {**{heading: name for name, heading in OFFICE.items()}, "ملاحظات": ""},
            "values": {"tenure": {"ملك": "owned"}, "urban": {"نعم": "1"}},
            "dates": "dmy",
        },
        "individuals": {
            "columns": {heading: name for name, heading in PEOPLE.items()},
            "values": {"sex": {"أنثى": "F"}},
            "dates": "dmy",
        },
    }
    (tmp_path / "mapping.json").write_text(json.dumps(layout))
    out = io.StringIO()
    files = [f"--{name}={tmp_path / name}.csv" for name in ("households", "individuals")]
    call_command(
        "import_register", *files, f"--mapping={tmp_path / 'mapping.json'}", "--commit", stdout=out, stderr=out
    )
    assert "entered: 1 households, 1 people" in out.getvalue()
