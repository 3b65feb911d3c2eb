"""Fitting scores: the estimator, the fit as a job, the draft it becomes, the shared survey."""

import datetime as dt
import io
import json
import random
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from beneficiaries.facts import CATALOGUE, Kind
from beneficiaries.fitting import estimation
from beneficiaries.fitting.candidates import candidates, forms_of
from beneficiaries.fitting.design import matrix
from beneficiaries.fitting.survey import SurveyHousehold, halves, read_survey
from beneficiaries.models import HouseholdFacts, ScoreFit, ScoreTerm, ScoringModel, Survey
from beneficiaries.scores.expression import score
from beneficiaries.scores.on_rows import score_rows
from beneficiaries.scores.words import in_words
from beneficiaries.services import scores
from beneficiaries.services import surveys as services
from ministry import jobs
from ministry.exceptions import RuleViolation
from ministry.jobs import JobFailed
from ministry.models import AuditEntry
from tests.beneficiaries.factories import ScoringModelFactory
from tests.beneficiaries.survey_files import COLUMNS, fit_of, rows, start_of, survey_of
from tests.ministry.factories import UserFactory
from tests.shared_survey import COLUMNS as SHARED_COLUMNS
from tests.shared_survey import shared_survey

STATUS = ScoringModel.Status
T = ScoreTerm.Transform


def random_household(chance: random.Random, number: int) -> SurveyHousehold:
    """Return a household of which anything may be unknown."""
    facts = {}
    for code, fact in CATALOGUE.items():
        if chance.random() < 0.15:
            facts[code] = None
        elif fact.kind is Kind.CHOICE:
            facts[code] = chance.choice([value for value, _label in fact.choices])
        elif fact.kind is Kind.BOOLEAN:
            facts[code] = chance.random() < 0.5
        elif fact.kind is Kind.COUNT:
            facts[code] = chance.randint(0, 12)
        else:
            facts[code] = round(chance.uniform(0, 900), 3)
    return SurveyHousehold(f"R{number}", 1.0, chance.choice([0.5, 1.0, 2.0]), "", facts)


def welfare_of(home: SurveyHousehold) -> float:
    """Return what an invented household has, by a few of its traits, so that a fit finds something in each."""
    worth = {"members": -0.5, "children_0_17": -0.5, "rooms": 0.5, "head_schooling_years": 0.5, "income_per_head": 0.01}
    total = sum(weight * float(home.facts[fact] or 0) for fact, weight in worth.items())
    return (
        total - 3 * (home.facts["floor"] == "earth") + 2 * bool(home.facts["urban"]) + 2 * bool(home.facts["computer"])
    )


@pytest.mark.django_db
class TestEstimation:
    def all_forms(self, chance: random.Random) -> dict[str, str]:
        return {code: chance.choice(forms_of(fact)) for code, fact in CATALOGUE.items() if code != "pmt_score"}

    @pytest.mark.parametrize("seed", range(4))
    def test_the_statement_gives_what_the_estimator_predicts(self, seed):
        chance = random.Random(seed)
        homes = [random_household(chance, number) for number in range(500)]
        measure = np.array([welfare_of(home) + chance.gauss(0, 1) for home in homes])
        fitted = estimation.fit(candidates(self.all_forms(chance), homes), homes, measure)
        assert fitted.terms
        strangers = [random_household(chance, number) for number in range(500, 700)]
        predicted = fitted.predict(strangers)
        computed = np.array(score_rows(fitted.intercept, fitted.terms, [home.facts for home in strangers]))
        # A weight is kept with four leading figures: each term may be off by that share of what it adds.
        added = np.abs(np.nan_to_num(matrix(fitted.terms, strangers))) @ np.array(
            [abs(float(term.weight)) for term in fitted.terms]
        )
        assert (np.abs(predicted - computed) <= 1e-3 * (1 + added)).all()

    def test_the_sweeps_statement_is_the_one_for_single_rows(self):
        model = ScoringModelFactory(intercept=3)
        assert score(model, []) == "'3'::float8"
        assert {field.column for field in HouseholdFacts._meta.concrete_fields} >= set(CATALOGUE)

    def test_never_lets_crowding_make_better_off(self):
        chance = random.Random(5)
        homes = [random_household(chance, number) for number in range(400)]
        # A survey that says the opposite of what is sensible.
        measure = np.array(
            [float(home.facts["persons_per_room"] or 0) + float(home.facts["rooms"] or 0) for home in homes]
        )
        fitted = estimation.fit(candidates({"persons_per_room": "bands", "rooms": "value"}, homes), homes, measure)
        assert all(float(term.weight) * sign >= 0 for term, sign in zip(fitted.terms, fitted.signs, strict=True))
        assert {term.fact for term in fitted.contrary} == {"persons_per_room"}

    def test_bands_make_a_curve_that_never_turns(self):
        chance = random.Random(6)
        homes = [random_household(chance, number) for number in range(600)]
        measure = np.array([np.sin(float(home.facts["head_schooling_years"] or 0)) for home in homes])
        fitted = estimation.fit(candidates({"head_schooling_years": "bands", "urban": "value"}, homes), homes, measure)
        steps = [term for term in fitted.terms if term.fact == "head_schooling_years"]
        assert all(term.weight > 0 for term in steps)


@pytest.mark.django_db
class TestFit:
    @pytest.fixture
    def survey(self) -> Survey:
        return survey_of(rows())

    def test_finds_the_poor_it_has_not_seen_better_than_chance(self, survey):
        fit = fit_of(survey)
        figures = fit.result
        assert (figures["learnt"], figures["held_out"]) == (200, 200)
        assert figures["all"]["exclusion"] < 0.5 < 0.75
        assert figures["rank_correlation"] > 0.6
        weights = {(term["fact"], term["argument"]): Decimal(term["weight"]) for term in figures["terms"]}
        assert weights["members", ""] < 0 < weights["refrigerator", ""]
        assert {group["breakdown"] for group in figures["groups"]} == {
            "region", "urban", "head_sex", "disability", "size",
        }  # fmt: skip

    def test_the_same_half_gives_the_same_model_whatever_the_order_of_the_rows(self, survey):
        again = survey_of(rows()[::-1])
        first, second, third = fit_of(survey), fit_of(survey), fit_of(again)
        assert first.model_sha256 == second.model_sha256 == third.model_sha256
        assert first.result == second.result
        assert fit_of(survey, half="b").model_sha256 != first.model_sha256

    def test_what_the_held_out_half_says_never_reaches_the_model(self, survey):
        made = rows()
        with survey.document.file.open("rb") as stream:
            households, _ = read_survey(stream, COLUMNS)
        held_out = {one.ref for one in halves(households)[1]}
        for row in made:
            if row["hhid"] in held_out:
                row["consumption"] = 1
        assert fit_of(survey_of(made)).model_sha256 == fit_of(survey).model_sha256

    def test_is_compared_with_the_model_in_force_on_the_same_households(self, survey):
        model = ScoringModelFactory(code="pmt", is_demonstration=True, status=STATUS.DRAFT)
        for fact, weight in (("members", -2), ("governorate_poverty_rate", -1)):
            ScoreTerm.objects.create(scoring_model=model, fact=fact, weight=weight)
        ScoringModel.objects.filter(pk=model.pk).update(status=STATUS.IN_FORCE)
        old = fit_of(survey).result["in_force"]
        assert old["model"] == model.pk
        assert old["all"]["households"] == 200
        assert old["left_out"] == ["governorate_poverty_rate"]
        assert 0 < old["all"]["exclusion"] < 1

    def test_a_poverty_line_says_who_is_poor(self, survey):
        result = fit_of(survey, poverty_line=Decimal(800)).result
        poor = sum(1 for row in rows() if float(str(row["consumption"])) <= 800)
        assert 0 < result["all"]["poor"] < poor

    def test_a_measure_of_zero_has_no_logarithm(self):
        made = rows()
        made[3]["consumption"] = 0
        survey = survey_of(made)
        with pytest.raises(JobFailed, match=r".+"):
            fit_of(survey)
        assert fit_of(survey, is_log=False).completed_at

    def test_what_was_found_does_not_change_any_more(self, survey):
        fit = fit_of(survey)
        for change in ({"coverage": 50}, {"result": {}}, {"model_sha256": ""}, {"completed_at": None}):
            with pytest.raises(DatabaseError), transaction.atomic():
                ScoreFit.objects.filter(pk=fit.pk).update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            ScoreFit.objects.filter(pk=fit.pk).delete()

    def test_too_few_households_are_refused_with_the_number_needed(self):
        survey = survey_of(rows(50))
        assert survey.status == Survey.Status.FAILED
        assert "200" in survey.problem
        with pytest.raises(RuleViolation):
            start_of(survey)

    def test_takes_only_traits_and_forms_that_the_survey_and_the_catalogue_know(self, survey):
        for chosen in ({}, {"members": "out"}, {"tablets": "value"}, {"floor": "log"}, {"members": "cubed"}):
            with pytest.raises(RuleViolation):
                start_of(survey, chosen=chosen)

    def test_needs_the_right_for_the_whole_country(self, survey):
        with pytest.raises(PermissionDenied):
            start_of(survey, UserFactory(permissions=["beneficiaries.view_survey"]))
        with pytest.raises(PermissionDenied):
            survey_of(rows(), UserFactory())

    def test_loads_the_learning_library_only_in_the_job(self):
        code = (
            "import django, sys; django.setup(); import ministry.urls, beneficiaries.urls, beneficiaries.tasks.surveys;"
            "sys.exit('sklearn' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.django_db
class TestDraft:
    @pytest.fixture
    def writer(self):
        return UserFactory(permissions=["beneficiaries.change_scoringmodel", "beneficiaries.approve_scoringmodel"])

    @pytest.fixture
    def approver(self):
        return UserFactory(permissions=["beneficiaries.change_scoringmodel", "beneficiaries.approve_scoringmodel"])

    @pytest.fixture
    def fit(self) -> ScoreFit:
        return fit_of(survey_of(rows()))

    def draft(self, fit, writer, **options) -> ScoringModel:
        return services.draft_from_fit(fit=fit, actor=writer, name_ar="نموذج", name_en="Model", **options)

    def test_becomes_the_next_version_with_its_errors_in_the_source(self, fit, writer):
        ScoringModelFactory(code="pmt", version=4)
        model = self.draft(fit, writer)
        assert (model.version, model.status, model.prepared_by) == (5, STATUS.DRAFT, writer)
        assert model.terms.count() == len(fit.result["terms"])
        assert fit.survey.name in model.source
        assert services.is_as_fitted(model, fit)
        assert AuditEntry.objects.filter(action="scoring_model.drafted", actor=writer).exists()

    def test_is_drafted_once(self, fit, writer):
        self.draft(fit, writer)
        with pytest.raises(RuleViolation):
            self.draft(fit, writer)

    def test_needs_a_finished_fit(self, writer):
        with pytest.raises(RuleViolation):
            self.draft(start_of(survey_of(rows())), writer)

    def test_a_weight_changed_by_hand_takes_the_errors_away(self, fit, writer):
        model = self.draft(fit, writer)
        model.terms.update(weight=1)
        assert not services.is_as_fitted(ScoringModel.objects.get(pk=model.pk), fit)

    def test_neither_writer_nor_submitter_approves(self, fit, writer, approver):
        model = self.draft(fit, writer)
        submitted = scores.submit_scoring_model(model=model, actor=approver)
        for person in (writer, approver):
            with pytest.raises(RuleViolation):
                scores.approve_scoring_model(model=submitted, actor=person)
            with pytest.raises(DatabaseError), transaction.atomic():
                ScoringModel.objects.filter(pk=model.pk).update(status=STATUS.APPROVED, approved_by=person)

    def test_an_approved_version_waits_for_its_first_day(
        self, fit, writer, approver, django_capture_on_commit_callbacks
    ):
        today = timezone.localdate()
        old = ScoringModelFactory(code="pmt", version=1, is_demonstration=True, status=STATUS.IN_FORCE)
        model = self.draft(fit, writer, starts_on=today + dt.timedelta(days=3))
        scores.submit_scoring_model(model=model, actor=writer)
        model = scores.approve_scoring_model(model=model, actor=approver)
        assert model.status == STATUS.APPROVED
        assert scores.begin_due_models() == 0
        ScoringModel.objects.filter(pk=model.pk).update(starts_on=today)
        with django_capture_on_commit_callbacks(execute=True):
            assert scores.begin_due_models() == 1
        assert scores.begin_due_models() == 0
        model.refresh_from_db()
        old.refresh_from_db()
        assert AuditEntry.objects.get(action="scoring_model.begun").actor_id is None
        assert (model.status, model.in_force_on, old.status) == (STATUS.IN_FORCE, today, STATUS.SUPERSEDED)
        assert jobs.kind_of(scores.JOB_KIND)

    def test_an_approved_version_can_be_sent_back_before_its_day(self, fit, writer, approver):
        model = self.draft(fit, writer, starts_on=timezone.localdate() + dt.timedelta(days=3))
        scores.submit_scoring_model(model=model, actor=writer)
        model = scores.approve_scoring_model(model=model, actor=approver)
        model = scores.send_back_scoring_model(model=model, actor=approver, note="سبب")
        assert (model.status, model.approved_by) == (STATUS.DRAFT, None)


@pytest.mark.django_db
class TestSharedSurvey:
    def test_errors_on_the_half_it_has_not_seen(self, tmp_path):
        columns = tmp_path / "columns.json"
        columns.write_text(json.dumps(SHARED_COLUMNS))
        said = io.StringIO()
        options = {"columns": columns, "line": Decimal(2), "as_it_is": True, "stdout": said}
        for _time in range(2):
            call_command("fit_score", shared_survey(), **options)
        first, second = ScoreFit.objects.order_by("pk")
        assert first.model_sha256 == second.model_sha256
        result = first.result
        assert (result["learnt"], result["held_out"]) == (723, 723)
        assert first.survey.findings["left_out"] == {"no_head": 5, "welfare_differs": 43}
        # A score by chance misses three of four poor when a quarter is selected.
        assert result["all"]["exclusion"] < 0.5
        assert result["rank_correlation"] > 0.45
        for told in in_words(services.terms_of(first), [term["sign"] for term in result["terms"]]):
            assert not told.is_contrary
            assert told.sentence
