"""The pages of admissions: what they show, to whom, and in how many statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from programs.models import AdmissionList, Application, Enrolment, PlacePlan
from tests.ministry.factories import AreaFactory
from tests.programs import factories
from tests.programs.admission_factories import checked, confirmed, home_of, manager, officer, plan_of, verified

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    return factories.version_in_force()


@pytest.fixture
def area():
    return AreaFactory(level="governorate")


def address(version, name, *arguments):
    return reverse(f"programs:{name}", args=[version.program.code, *arguments])


def test_from_entering_to_the_list(client, version, area):
    home = home_of(area)
    person, decider = officer(), manager()
    client.force_login(person)
    create = address(version, "applicant_create")
    assert client.post(create, {"household": "no such file"}).status_code == 422
    assert client.post(create, {"household": home.household_ref}).status_code == 302
    assert client.post(create, {"household": home.household_ref}).status_code == 409
    verify = address(version, "applicant_verb", Application.objects.get().pk, "verify")
    assert client.post(verify, {"note": "بلا معاينة"}).status_code == 422
    assert client.post(verify, {"proof": "visit"}).status_code == 302
    checked(version)
    assert client.post(address(version, "admission_list_draw")).status_code == 302
    drawn = AdmissionList.objects.get()
    decide = address(version, "admission_list_verb", drawn.pk, "confirm")
    assert client.post(decide).status_code == 403
    client.force_login(decider)
    assert client.get(drawn.get_absolute_url()).status_code == 200
    assert client.post(decide).status_code == 302
    assert Enrolment.objects.get().household == home
    assert client.post(decide).status_code == 409


def test_places_are_typed_in_and_nothing_is_lost(client, version, area):
    client.force_login(officer())
    url = address(version, "places_propose")
    day = {"starts_on": timezone.localdate().strftime("%d/%m/%Y")}
    wrong = client.post(url, {**day, "reason": "قرار", f"area_{area.pk}": "-3"})
    assert wrong.status_code == 422
    assert "قرار" in wrong.content.decode()
    assert client.post(url, {**day, "reason": "قرار"}).status_code == 409
    assert client.post(url, {**day, "reason": "قرار", f"area_{area.pk}": "٣"}).status_code == 302
    assert list(PlacePlan.objects.get().quotas.values_list("area", "places")) == [(area.pk, 3)]


def test_free_places_show_who_is_next_in_the_readers_areas_only(client, version, area):
    verified(version, home_of(area, 10.0))
    second = verified(version, home_of(area, 20.0))
    plan_of(version.program, {area: 1})
    confirmed(checked(version))
    Enrolment.objects.update(status="exited", ended_on=timezone.localdate(), status_reason="سفر")
    client.force_login(officer())
    assert client.get(address(version, "places")).context["following"] == [second]
    client.force_login(officer(permissions__area=AreaFactory()))
    assert client.get(address(version, "places")).context["following"] == []


@pytest.mark.parametrize("name", ["applicant_list", "admission_list", "places"])
def test_the_statements_do_not_grow_with_the_rows(client, version, area, name):
    plan_of(version.program, {area: 1})
    counts = []
    for size in (2, 20):
        for _ in range(size):
            verified(version, home_of(area))
        drawn = confirmed(checked(version))
        client.force_login(officer())
        url = address(version, name, *([drawn.pk] if name == "admission_list" else []))
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
