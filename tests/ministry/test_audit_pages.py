import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ministry import audit
from ministry.deeds import kind_label
from ministry.models import AuditEntry
from tests.ministry.factories import AreaFactory, UserFactory

pytestmark = pytest.mark.django_db

RIGHTS = ("ministry.view_auditentry", "ministry.view_disclosureentry", "ministry.view_seal")
PAGES = ("/desk/audit/", "/desk/audit/disclosures/", "/desk/audit/seals/")


@pytest.fixture
def auditor(client):
    person = UserFactory(permissions=RIGHTS)
    client.force_login(person)
    client.cookies["django_language"] = "en"
    return person


@pytest.mark.parametrize("page", PAGES)
def test_only_those_with_the_right_come_in(page, client):
    assert client.get(page).status_code == 302
    client.force_login(UserFactory())
    assert client.get(page).status_code == 403
    assert client.post(page).status_code in {403, 405}


def test_searches_by_actor_deed_record_and_day(client, auditor):
    clerk, area = UserFactory(username="clerk7"), AreaFactory()
    audit.record(actor=clerk, action="payment.approved", target=area, note="first note")
    audit.record(actor=None, action="import.committed", note="second note")

    def notes(query):
        content = client.get(f"/desk/audit/?{query}").content.decode()
        return [note for note in ("first note", "second note") if note in content]

    today = timezone.localdate(AuditEntry.objects.first().at).isoformat()
    assert notes("") == ["first note", "second note"]
    assert notes("q=CLERK7") == ["first note"]
    assert notes("action=import") == ["second note"]
    assert notes(f"target_type=ministry.area&record={area.pk}") == ["first note"]
    assert notes(f"since={today}&until={today}") == ["first note", "second note"]
    assert notes("since=2000-01-01&until=2000-01-02") == []


@pytest.mark.parametrize(
    "query", ["record=abc", "record=99999999999999999999", "since=nonsense", "after=broken", "record=-1"]
)
def test_nonsense_is_answered_in_words(client, auditor, query):
    assert client.get(f"/desk/audit/?{query}").status_code in {200, 400}


def test_disclosures_show_who_read_what(client, auditor):
    audit.disclose(reader=auditor, subject=AreaFactory(), fields=["phone"], purpose="<b>call</b>")
    content = client.get("/desk/audit/disclosures/").content.decode()
    assert "phone" in content
    assert "&lt;b&gt;call" in content


def test_lists_take_as_many_statements_for_many_as_for_few(client, auditor):
    counts = []
    for size in (2, 20):
        for _n in range(size):
            audit.record(actor=UserFactory(), action="x", target=AreaFactory())
        with CaptureQueriesContext(connection) as queries:
            client.get("/desk/audit/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_seals_are_verified_on_request(client, auditor):
    assert b"banner ok" not in client.get("/desk/audit/seals/").content
    assert b"banner ok" in client.post("/desk/audit/seals/").content


def test_deeds_and_kinds_are_told_in_words_beside_their_codes(client, auditor):
    area = AreaFactory()
    audit.record(actor=auditor, action="area.changed", target=area)
    client.cookies["django_language"] = "ar"
    content = client.get("/desk/audit/").content.decode()
    assert "تعديل" in content
    assert "area.changed" in content
    assert str(area._meta.verbose_name) in content


def test_a_kind_that_no_longer_exists_keeps_its_code():
    assert kind_label("gone.model") == "gone.model"
    assert kind_label("nonsense") == "nonsense"
