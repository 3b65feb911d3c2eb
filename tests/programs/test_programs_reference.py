"""The shipped programmes: what they ask and give, and in whose name."""

import csv
import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from programs import reference
from programs.eligibility.checks import problems_of
from programs.eligibility.tree import rules_of
from programs.models import Program, ProgramVersion
from tests.programs import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped(settings):
    settings.DEMO = True
    reference.load()
    return {program.code: program for program in Program.objects.all()}


def test_loading_again_changes_nothing(shipped):
    assert reference.load() == 0


def test_their_rules_are_sound_and_in_force(shipped):
    for code in ("takaful", "karama"):
        version = shipped[code].versions.get()
        assert problems_of(rules_of(version)) == []
        assert (version.status, version.is_demonstration) == ("in_force", True)
        assert version.source
        assert not version.approved_by.is_active
        assert not version.prepared_by.has_usable_password()


def test_where_nothing_is_demonstrated_they_wait_for_two_people(settings):
    settings.DEMO = False
    reference.load()
    assert set(ProgramVersion.objects.values_list("status", flat=True)) == {"draft"}


def test_the_ministrys_own_programme_is_left_alone(settings):
    own = factories.draft_version(Program.objects.create(code="takaful", name_ar="لنا"))
    reference.load()
    assert Program.objects.get(code="takaful").versions.get() == own


class TestCheckEligibility:
    """Decisions by the command, on the shipped rules, worked out by hand."""

    def run(self, tmp_path, program, *arguments):
        file = tmp_path / "decisions.csv"
        call_command("check_eligibility", program, "--export", str(file), *arguments)
        with file.open(encoding="utf-8") as rows:
            return {row["household_ref"]: row for row in csv.DictReader(rows)}

    def test_takaful(self, shipped, tmp_path):
        poor = float(reference.POVERTY_LINE) - 1
        child = dt.date(2020, 1, 1)
        homes = {
            "eligible": factories.household_with_score(poor, child),
            "not_eligible": factories.household_with_score(poor + 1, child),
            "needs_information": factories.household_with_score(None, child),
        }
        rows = self.run(tmp_path, "takaful", "--on", "2026-06-01")
        assert {home.household_ref: decision for decision, home in homes.items()} == {
            ref: row["decision"] for ref, row in rows.items()
        }
        assert list(rows[homes["eligible"].household_ref]) == ["household_ref", "decision", "failed", "score"]
        assert rows[homes["eligible"].household_ref]["failed"] == ""
        assert rows[homes["not_eligible"].household_ref]["failed"] != ""
        assert float(rows[homes["eligible"].household_ref]["score"]) == poor

    def test_formal_income_counts_when_known_and_not_when_unknown(self, shipped, tmp_path):
        poor = float(reference.POVERTY_LINE) - 1
        unknown, low, high = (factories.household_with_score(poor, dt.date(2020, 1, 1)) for _ in range(3))
        for home, income in ((low, "400"), (high, "400.01")):
            person = home.memberships.get(relationship="head").individual
            person.formal_income_monthly = income
            person.save()
        rows = self.run(tmp_path, "takaful")
        assert [rows[home.household_ref]["decision"] for home in (unknown, low, high)] == [
            "eligible",
            "eligible",
            "not_eligible",
        ]

    def test_karama(self, shipped, tmp_path):
        poor = float(reference.POVERTY_LINE) - 1
        old = factories.household_with_score(poor, dt.date(1961, 6, 1))
        severe = factories.household_with_score(poor, severities={0: 4})
        less = factories.household_with_score(poor, severities={0: 3})
        unknown_age = factories.household_with_score(poor, None)
        rows = self.run(tmp_path, "karama", "--on", "2026-06-01")
        assert [rows[home.household_ref]["decision"] for home in (old, severe, less, unknown_age)] == [
            "eligible",
            "eligible",
            "not_eligible",
            "needs_information",
        ]

    def test_says_what_is_wrong(self, shipped, tmp_path):
        with pytest.raises(CommandError, match="takaful"):
            call_command("check_eligibility", "no-such-programme")
        with pytest.raises(CommandError, match="yesterday"):
            call_command("check_eligibility", "takaful", "--on", "yesterday")
        with pytest.raises(CommandError):
            call_command("check_eligibility", "takaful", "--on", "1999-01-01")
        with pytest.raises(CommandError, match="nowhere"):
            call_command("check_eligibility", "takaful", "--export", str(tmp_path / "nowhere" / "f.csv"))
