"""The letter about a decision: plain words, what is needed and found, until when to appeal; never of other facts."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from beneficiaries.models import HouseholdFacts
from ministry.exceptions import RuleViolation
from ministry.models import AuditEntry, DisclosureEntry
from programs.eligibility.letter import APPEAL_DAYS, letter, seal_of, told
from programs.models import EligibilityDecision
from programs.services.eligibility import run_at_once
from tests.programs import factories

pytestmark = pytest.mark.django_db
CHILD = dt.date(2020, 5, 1)
ON = dt.date(2026, 11, 1)


@pytest.fixture
def version():
    return factories.version_in_force()


def decided(version, score, *births):
    home = factories.household_with_score(score, *births)
    run = run_at_once(version=version, on_date=timezone.localdate())
    return EligibilityDecision.objects.select_related("run__version__program", "household").get(run=run, household=home)


class TestWords:
    def test_a_refusal_names_what_stands_against_with_needed_and_found(self, version):
        decision = decided(version, 80.5, CHILD)
        with translation.override("en"):
            paper = letter(told(decision, head_name="محمد", on_date=ON), qr="")
            assert [row[1:] for row in paper.table.rows] == [["less than 45", "80.5", "not met"]]
            assert "31 December 2026" in paper.closing[0]
        assert dt.date(2026, 12, 31) - ON == dt.timedelta(days=APPEAL_DAYS)

    def test_what_is_not_known_is_asked_for(self, version):
        decision = decided(version, None, CHILD)
        with translation.override("en"):
            paper = letter(told(decision, head_name="محمد", on_date=ON), qr="")
        assert "not known" in paper.table.rows[-1]
        assert "cannot yet tell" in paper.paragraphs[0]

    def test_an_eligible_household_reads_all_conditions_and_that_it_is_not_yet_admitted(self, version):
        decision = decided(version, 30.0, CHILD)
        with translation.override("en"):
            paper = letter(told(decision, head_name="محمد", on_date=ON), qr="")
        assert len(paper.table.rows) == 3
        assert "not yet an admission" in paper.paragraphs[1]

    def test_no_letter_of_facts_that_have_changed_since(self, version):
        decision = decided(version, 80.0, CHILD)
        HouseholdFacts.objects.filter(household=decision.household).update(pmt_score=20)
        with pytest.raises(RuleViolation):
            told(decision, head_name="", on_date=ON)


class TestPages:
    @pytest.fixture
    def officer(self, client):
        user = factories.officer(language="en")
        client.force_login(user)
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        return user

    def at(self, decision, name="decision_letter"):
        run = decision.run
        return reverse(f"programs:{name}", args=[run.version.program.code, run.pk, decision.household_id])

    def test_page_and_file_are_logged_readings(self, client, officer, version):
        decision = decided(version, 80.0, CHILD)
        assert "less than 45" in client.get(self.at(decision)).content.decode()
        for language in ("ar", "en"):
            answer = client.get(self.at(decision, "decision_letter_file"), {"language": language})
            assert answer.content.startswith(b"%PDF")
        read = DisclosureEntry.objects.filter(subject_id=decision.household_id, fields=["eligibility"])
        assert list(read.order_by("pk").values_list("channel", flat=True)) == ["page", "letter", "letter"]
        assert AuditEntry.objects.filter(action="decision_letter.exported").count() == 2

    def test_a_scanned_code_is_checked(self, client, officer, version):
        decision = decided(version, 80.0, CHILD)
        assert "is genuine" in client.get(self.at(decision), {"seal": seal_of(decision)}).content.decode()
        assert "forged" in client.get(self.at(decision), {"seal": "000000000000"}).content.decode()

    def test_changed_facts_are_told_with_409(self, client, officer, version):
        decision = decided(version, 80.0, CHILD)
        HouseholdFacts.objects.filter(household=decision.household).update(pmt_score=20)
        assert client.get(self.at(decision, "decision_letter_file")).status_code == 409

    def test_other_areas_are_not_found(self, client, version):
        decision = decided(version, 80.0, CHILD)
        client.force_login(factories.officer(permissions__area=factories.household().area))
        assert client.get(self.at(decision)).status_code == 404
