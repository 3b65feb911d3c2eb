import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from beneficiaries.models import Household, ImportBatch
from ministry import jobs
from ministry.models import Area, AuditEntry
from tests.beneficiaries.register_files import country_areas, household, person, take_in, write
from tests.ministry.factories import UserFactory

pytestmark = pytest.mark.django_db
ALL = ["beneficiaries.view_importbatch", "beneficiaries.add_importbatch", "beneficiaries.commit_importbatch"]


@pytest.fixture
def officer(client):
    country_areas()
    user = UserFactory(permissions=[*ALL, "beneficiaries.view_household"])
    client.force_login(user)
    return user


def files(folder):
    return {
        name: SimpleUploadedFile(f"{name}.csv", (folder / f"{name}.csv").read_bytes())
        for name in ("households", "individuals")
    }


def address(name, batch):
    return reverse(f"beneficiaries:import_{name}", args=[batch.pk])


def test_from_upload_to_registry(client, officer, tmp_path):
    response = client.post(
        reverse("beneficiaries:import_create"),
        {"area": Area.objects.get(code="EG").pk, **files(write(tmp_path, people=[person(phone="1")]))},
    )
    batch = ImportBatch.objects.get()
    assert response.status_code == 302
    assert response.url == batch.get_absolute_url()
    page = client.get(batch.get_absolute_url())
    assert page.status_code == 200
    # Followed like any job: by script where there is one, else by loading the page again.
    assert b'<noscript><meta http-equiv="refresh"' in page.content
    assert f'hx-get="{reverse("job_detail", args=[batch.job_id])}"' in page.content.decode()
    jobs.run_now(batch.job)
    page = client.get(batch.get_absolute_url())
    assert b'http-equiv="refresh"' not in page.content
    assert address("commit", batch) in page.content.decode()
    assert client.get(address("commit", batch)).status_code == 200
    assert client.post(address("commit", batch)).url == batch.get_absolute_url()
    batch.refresh_from_db()
    jobs.run_now(batch.job)
    batch.refresh_from_db()
    assert batch.status == "committed"
    assert batch.decided_by == officer
    assert Household.objects.get().import_batch == batch
    page = client.get(batch.get_absolute_url())
    assert f"?batch={batch.pk}" in page.content.decode()


def test_bad_cells_bar_the_way(client, officer, tmp_path):
    batch = take_in(write(tmp_path, [household(rooms="many")]))
    page = client.get(batch.get_absolute_url())
    assert address("commit", batch) not in page.content.decode()
    assert "many" in page.content.decode()
    response = client.post(address("commit", batch))
    assert response.status_code == 409
    batch.refresh_from_db()
    assert batch.status == "in_review"


def test_findings_can_be_narrowed(client, officer, tmp_path):
    batch = take_in(write(tmp_path, [household(rooms="many")], [person(phone="12")]), commit=False)
    assert len(client.get(batch.get_absolute_url()).context["page"].rows) == 2
    for query, left in (
        ("severity=bad", 1),
        ("file=individuals", 1),
        ("column=rooms", 1),
        ("reason=phone_unusable", 1),
    ):
        assert len(client.get(f"{batch.get_absolute_url()}?{query}").context["page"].rows) == left
    assert client.get(f"{batch.get_absolute_url()}?reason=nonsense").status_code == 400


def test_discarding_says_why(client, officer, tmp_path):
    batch = take_in(write(tmp_path), commit=False)
    assert client.get(address("discard", batch)).status_code == 200
    client.post(address("discard", batch), {"note": "wrong month"})
    batch.refresh_from_db()
    assert (batch.status, batch.decided_by) == ("discarded", officer)


def test_findings_and_rejected_rows_can_be_taken_along(client, officer, tmp_path):
    batch = take_in(write(tmp_path, [household(rooms="=2+3", address="شارع النصر")], [person(phone="12")]))
    response = client.get(address("issues_download", batch))
    _header, *rows = csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")))
    assert [row[1:4] for row in rows] == [["2", "rooms", "'=2+3"], ["2", "phone", "12"]]
    mend = [
        reverse("beneficiaries:import_rejected_download", args=[batch.pk, name]) for name in ("households", "people")
    ]
    assert mend[0] in client.get(batch.get_absolute_url()).content.decode()
    response = client.get(mend[0])
    (row,) = csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")))
    assert (row["row"], row["household_ref"], row["rooms"], row["address"]) == ("2", "H1", "'=2+3", "شارع النصر")
    assert row["problems"].startswith("rooms: ")
    assert client.get(mend[1]).status_code == 404
    assert set(
        AuditEntry.objects.filter(actor=officer, action__endswith="exported").values_list("action", flat=True)
    ) == {
        "import_findings.exported",
        "import_rows.exported",
    }


def test_mended_rows_come_in_again_as_they_were_handed_out(client, officer, tmp_path):
    batch = take_in(write(tmp_path, [household(rooms="many")], [person(phone="12")]))
    folder = tmp_path / "mended"
    folder.mkdir()
    for name, query in (("households", ""), ("individuals", "?severity=doubtful")):
        address = reverse("beneficiaries:import_rejected_download", args=[batch.pk, name]) + query
        assert address in client.get(batch.get_absolute_url()).content.decode()
        content = b"".join(client.get(address).streaming_content)
        (folder / f"{name}.csv").write_bytes(content.replace(b"many", b"3"))
    mended = take_in(folder)
    assert mended.status == "committed", list(mended.issues.values_list("column", "reason"))
    assert client.get(f"{address}&severity=nonsense").status_code == 404


def test_what_is_no_table_is_refused_beside_its_field(client, officer, tmp_path):
    upload = files(write(tmp_path)) | {"households": SimpleUploadedFile("households.csv", b"%PDF-1.7 \x00\x01")}
    response = client.post(reverse("beneficiaries:import_create"), {"area": Area.objects.get(code="EG").pk, **upload})
    assert response.status_code == 422
    assert "households" in response.context["form"].errors
    assert not ImportBatch.objects.exists()


def test_an_unreadable_file_is_explained(client, officer, tmp_path):
    write(tmp_path)
    (tmp_path / "households.csv").write_text("household_ref,colour,rooms,rooms\nH1,red,3,3\n", encoding="utf-8")
    batch = take_in(tmp_path)
    assert batch.status == "failed"
    reasons = set(batch.issues.values_list("column", "reason"))
    assert {("colour", "column_unknown"), ("rooms", "column_repeated"), ("wall", "column_missing")} <= reasons
    page = client.get(batch.get_absolute_url()).content.decode()
    assert "colour" in page
    assert address("discard", batch) in page


def test_the_files_themselves_can_be_looked_at(client, officer, tmp_path):
    batch = take_in(write(tmp_path), commit=False)
    download = reverse("document_download", args=[batch.households_file.pk])
    assert download in client.get(batch.get_absolute_url()).content.decode()
    assert client.get(download).status_code == 200
    client.force_login(UserFactory(permissions=["beneficiaries.view_household"]))
    assert client.get(download).status_code in {403, 404}


class TestReach:
    def test_imports_elsewhere_do_not_exist(self, client, tmp_path):
        batch = take_in(write(tmp_path), commit=False)
        client.force_login(UserFactory(permissions=ALL, permissions__area=Area.objects.get(code="EG-AST")))
        for name in ("detail", "commit", "discard", "issues_download"):
            assert client.get(address(name, batch)).status_code == 404
        assert client.post(address("commit", batch)).status_code == 404
        assert list(client.get(reverse("beneficiaries:import_list")).context["page"].rows) == []

    def test_seeing_is_not_deciding(self, client, tmp_path):
        batch = take_in(write(tmp_path), commit=False)
        client.force_login(UserFactory(permissions=["beneficiaries.view_importbatch"]))
        page = client.get(batch.get_absolute_url()).content.decode()
        assert address("commit", batch) not in page
        assert address("discard", batch) not in page
        for name in ("commit", "discard"):
            assert client.get(address(name, batch)).status_code == 403
            assert client.post(address(name, batch)).status_code == 403
        assert client.get(reverse("beneficiaries:import_create")).status_code == 403

    def test_only_ones_own_areas_are_offered(self, client):
        country_areas()
        client.force_login(UserFactory(permissions=ALL, permissions__area=Area.objects.get(code="EG-AST")))
        form = client.get(reverse("beneficiaries:import_create")).context["form"]
        assert [area.code for area in form.fields["area"].queryset] == ["EG-AST"]


@pytest.mark.parametrize("batches", [2, 50])
def test_the_list_asks_the_database_no_more_for_fifty_than_for_two(
    client, officer, tmp_path, django_assert_max_num_queries, batches
):
    batch = take_in(write(tmp_path), commit=False)
    ImportBatch.objects.bulk_create(
        ImportBatch(area=batch.area, households_file=batch.households_file, individuals_file=batch.individuals_file)
        for _number in range(batches - 1)
    )
    with django_assert_max_num_queries(14):
        client.get(reverse("beneficiaries:import_list"))
