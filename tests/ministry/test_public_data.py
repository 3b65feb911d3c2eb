"""Public figures: rates, what is held back, what cannot be found by subtraction."""

from decimal import Decimal

import pytest

from ministry import slots
from ministry.models import AreaFigure
from ministry.queries import counts_by_governorate, public_total, readable_base
from ministry.slots import AreaMeasure
from tests.ministry.factories import AreaFactory

pytestmark = pytest.mark.django_db


def measured(counts: dict[str, int], population: int | None = 10_000) -> AreaMeasure:
    for code in counts:
        area = AreaFactory(code=code)
        if population:
            AreaFigure.objects.create(area=area, kind="population", value=population, period="2024", source="s")
            AreaFigure.objects.create(area=area, kind="population", value=1, period="2019", source="s")
    return AreaMeasure("test", "Families", "families", lambda: counts)


def test_a_count_is_set_against_the_newest_population():
    [row] = counts_by_governorate(measured({"EG-A": 250}))
    assert row.per(1_000) == Decimal(25)
    assert row.population_period == "2024"


@pytest.mark.parametrize(("count", "is_told"), [(0, True), (1, False), (9, False), (10, True)])
def test_a_count_from_one_to_nine_is_not_told(count, is_told):
    [row] = counts_by_governorate(measured({"EG-A": count}))
    assert (row.share is not None) == is_told


def test_without_a_population_there_is_no_rate():
    [row] = counts_by_governorate(measured({"EG-A": 250}, population=None))
    assert row.share is None
    assert not row.is_suppressed


def test_the_total_does_not_give_away_the_one_count_that_is_held_back():
    rows = counts_by_governorate(measured({"EG-A": 254, "EG-B": 9}))
    assert public_total(rows) == (260, True)
    assert public_total(rows[:1]) == (254, False)


@pytest.mark.parametrize(("count", "base"), [(254, 1_000), (10, 1_000), (11, 100_000)])
def test_rates_are_told_per_so_many_people_that_they_can_be_read(count, base):
    population = 20_000 if base == 100_000 else 10_000
    assert readable_base(counts_by_governorate(measured({"EG-A": count}, population))) == base


@pytest.mark.parametrize("query", ["", "?measure=test", "?measure=unknown&area=unknown", "?measure=test&area=EG-B"])
def test_the_page_shows_no_small_count(client, monkeypatch, query):
    monkeypatch.setattr(slots.area_measures, "_entries", [(1, measured({"EG-A": 254, "EG-B": 7}))])
    page = client.get(f"/data/{query}", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "254" in page
    assert ">7<" not in page
    assert "&lt;10" in page


def test_the_page_says_when_nothing_is_published_yet(client, monkeypatch):
    monkeypatch.setattr(slots.area_measures, "_entries", [])
    assert client.get("/data/").status_code == 200


def test_the_page_asks_as_often_for_many_governorates_as_for_few(client, monkeypatch, django_assert_num_queries):
    few = measured({"EG-A": 100})
    monkeypatch.setattr(slots.area_measures, "_entries", [(1, few)])
    with django_assert_num_queries(2):
        client.get("/data/")
    measured({f"EG-{number}": 50 for number in range(20)})
    with django_assert_num_queries(2):
        client.get("/data/")
