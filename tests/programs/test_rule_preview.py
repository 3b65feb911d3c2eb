"""The count of a draft while it is written: exact for a small registry, honest about a sample, never long."""

import math
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from beneficiaries.models import Household, HouseholdFacts
from programs.eligibility.tree import rules_of
from programs.models import Criterion
from programs.rule_editor import preview as module
from programs.rule_editor.preview import Estimate, preview
from tests.programs import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    version = factories.draft_version()
    root = factories.group(version)
    factories.on_fact(root, "pmt_score", "lt", "45")
    factories.on_fact(root, "rooms", "lte", "3", when_unknown="passes")
    return version


def counted(version):
    return preview(rules_of(version), version, timezone.localdate())


class TestWhole:
    def test_counts_and_costs(self, draft):
        for score in (30.0, 40.0, 60.0, None):
            factories.household_with_score(score)
        gone = factories.household_with_score(10.0)
        Household.objects.filter(pk=gone.pk).update(status="inactive")
        found = counted(draft)
        assert (found.households, found.asked, found.is_sample) == (4, 4, False)
        assert [one.value for one in (found.eligible, found.not_eligible, found.needs_information)] == [2, 1, 1]
        assert found.cost == Estimate(Decimal("650.00"))
        score = Criterion.objects.get(fact="pmt_score")
        counts = found.criteria[score.pk]
        assert (counts.alone.value, counts.against.value, counts.unknown.value) == (1, 1, 1)

    def test_alone_is_what_nothing_else_puts_out(self, draft):
        home = factories.household_with_score(60.0)
        HouseholdFacts.objects.filter(household=home).update(rooms=9)
        factories.household_with_score(60.0)
        found = counted(draft)
        rows = Criterion.objects.in_bulk(field_name="id")
        by_fact = {rows[pk].fact: count for pk, count in found.criteria.items()}
        assert by_fact["pmt_score"].alone.value == 1
        assert by_fact["pmt_score"].against.value == 2
        assert by_fact["rooms"].alone.value == 0
        assert by_fact["rooms"].against.value == 1


class TestSample:
    @pytest.fixture
    def many(self, draft, monkeypatch):
        for number in range(120):
            factories.household_with_score(30.0 if number % 3 == 0 else 60.0)
        monkeypatch.setattr(module, "WHOLE_MAX", 50)
        monkeypatch.setattr(module, "SAMPLE", 60)
        return draft

    def test_is_said_to_be_one_and_holds_the_truth(self, many):
        found = counted(many)
        assert found.is_sample
        assert found.households == 120
        assert 20 < found.asked < 100
        assert found.eligible.off_by > 0
        assert abs(found.eligible.value - 40) <= 2 * found.eligible.off_by
        assert abs(found.cost.value - 40 * 325) <= 2 * found.cost.off_by

    def test_is_the_same_again(self, many):
        assert counted(many) == counted(many)

    def test_the_margin_is_that_of_a_draw_without_replacement(self):
        found = module._scaled(25, 100, 1000)
        assert found.value == 250
        assert found.off_by == math.ceil(1.96 * 1000 * math.sqrt(0.25 * 0.75 / 100 * 900 / 999))
        assert module._scaled(25, 100, 100) == Estimate(Decimal(25))


class TestPatience:
    def test_a_long_count_gives_way_to_a_sample_and_that_to_an_honest_word(self, draft, monkeypatch):
        factories.household_with_score(30.0)
        monkeypatch.setattr(
            module, "_statement", lambda *_given: module.Statement("SELECT pg_sleep(5), count(*) AS asked", [])
        )
        monkeypatch.setattr(module, "_PATIENCE_MS", (20, 20))
        assert counted(draft) is None
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone()[0] in {"0", "30s", "1min"}
