"""The registry on the desk: each person sees their own areas, as a map or by district."""

import pytest
from django.test import RequestFactory

from beneficiaries import panels
from ministry.models import Area, AreaFigure
from tests.beneficiaries.factories import HouseholdFactory
from tests.ministry.factories import AreaFactory, UserFactory

pytestmark = pytest.mark.django_db

SQUARE = {"type": "Polygon", "coordinates": [[[30, 26], [31, 26], [31, 27], [30, 27], [30, 26]]]}


def request_of(user):
    request = RequestFactory().get("/desk/")
    request.user = user
    return request


@pytest.fixture
def governorates() -> list[Area]:
    areas = [AreaFactory(boundary=SQUARE), AreaFactory(boundary=SQUARE)]
    for area, count in zip(areas, (12, 3), strict=True):
        AreaFigure.objects.create(area=area, kind="population", value=1_000, period="2024", source="s")
        for number in range(2):
            district = AreaFactory(level=Area.Level.DISTRICT, parent=area)
            HouseholdFactory.create_batch(count - number, area=district)
    return areas


def test_who_works_in_the_whole_country_sees_the_map(governorates):
    user = UserFactory(permissions=["beneficiaries.view_household"])
    context = panels.households_on_map(request_of(user))
    assert {row.area.code: row.count for row, _rate in context["rows"]} == {
        governorates[0].code: 23,
        governorates[1].code: 5,
    }
    assert [region.shade for region in context["map"].regions] == [1, 0]
    assert panels.households_by_district(request_of(user)) is None


def test_who_works_in_one_governorate_sees_its_districts(governorates):
    user = UserFactory(permissions=["beneficiaries.view_household"], permissions__area=governorates[1])
    assert panels.households_on_map(request_of(user)) is None
    context = panels.households_by_district(request_of(user))
    assert [row.value for row in context["ranking"].rows] == [3, 2]


def test_who_may_not_see_households_sees_neither(governorates):
    user = UserFactory()
    assert panels.households_on_map(request_of(user)) is None
    assert panels.households_by_district(request_of(user)) is None


def test_the_panels_count_once_however_many_governorates_there_are(governorates, django_assert_num_queries):
    user = UserFactory(permissions=["beneficiaries.view_household"])
    user.area_paths_with(panels.PERMISSION)
    for _round in range(2):
        request = request_of(user)
        with django_assert_num_queries(3):
            panels.households_on_map(request)
            panels.governorates_ranked(request)
        AreaFactory.create_batch(10)
