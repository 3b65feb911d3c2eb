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
from beneficiaries.fitting import errors, estimation
from beneficiaries.fitting.candidates import candidates, forms_of
from beneficiaries.fitting.columns import problems, suggest
from beneficiaries.fitting.design import matrix
from beneficiaries.fitting.survey import SurveyHousehold, halves, headings_of, read_survey
from beneficiaries.fitting.words import finding_sentence
from beneficiaries.imports.reading import UnreadableFile
from beneficiaries.models import HouseholdFacts, ScoreFit, ScoreTerm, ScoringModel, Survey
from beneficiaries.scores.expression import score
from beneficiaries.scores.on_rows import score_rows
from beneficiaries.scores.signs import expected_sign
from beneficiaries.scores.words import in_words
from beneficiaries.services import scores
from beneficiaries.services import surveys as services
from ministry import jobs
from ministry.exceptions import RuleViolation
from ministry.jobs import JobFailed
from ministry.models import AuditEntry
from tests.beneficiaries.factories import ScoringModelFactory
from tests.beneficiaries.survey_files import COLUMNS, as_csv, fit_of, rows, start_of, survey_of
from tests.ministry.factories import UserFactory
from tests.shared_survey import COLUMNS as SHARED_COLUMNS
from tests.shared_survey import shared_survey

STATUS = ScoringModel.Status
T = ScoreTerm.Transform


def floats(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


class TestErrors:
    def test_exclusion_is_of_the_poor_and_inclusion_of_the_selected(self):
        poor = np.array([True, True, True, False, False, False])
        selected = np.array([True, False, False, True, False, False])
        found = errors.errors(poor, selected, floats(1, 1, 1, 1, 1, 1))
        assert found.exclusion == pytest.approx(2 / 3)
        assert found.inclusion == pytest.approx(1 / 2)

    def test_counts_by_the_weights_of_the_survey(self):
        poor, selected = np.array([True, True]), np.array([True, False])
        assert errors.errors(poor, selected, floats(1, 3)).exclusion == pytest.approx(0.75)

    def test_both_are_equal_when_as_many_are_selected_as_are_poor(self):
        chance = np.random.default_rng(3)
        actual, guess, weights = chance.normal(size=500), chance.normal(size=500), np.ones(500)
        found = errors.errors(errors.poorest(actual, weights, 0.2), errors.poorest(guess, weights, 0.2), weights)
        assert found.exclusion == pytest.approx(found.inclusion)

    def test_a_share_of_nobody_is_none(self):
        nobody = np.array([False, False])
        found = errors.errors(nobody, nobody, floats(1, 1))
        assert (found.exclusion, found.inclusion) == (None, None)

    def test_the_poorest_hold_at_least_the_share_asked_for(self):
        flags = errors.poorest(floats(3, 1, 2, 4), floats(1, 1, 1, 1), 0.3)
        assert flags.tolist() == [False, True, True, False]

    def test_ranks_of_equals_are_shared_and_order_alone_counts(self):
        assert errors.ranks(floats(5, 1, 5)).tolist() == [1.5, 0, 1.5]
        weights = floats(1, 1, 1, 1)
        assert errors.rank_correlation(floats(1, 2, 3, 4), floats(1, 10, 11, 900), weights) == pytest.approx(1)
        assert errors.rank_correlation(floats(1, 2, 3, 4), floats(7, 7, 7, 7), weights) is None

    def test_the_mean_explains_nothing(self):
        actual, weights = floats(1, 2, 3), floats(1, 1, 1)
        assert errors.r_squared(actual, floats(2, 2, 2), weights) == pytest.approx(0)
        assert errors.r_squared(actual, actual, weights) == pytest.approx(1)

    def test_calibration_loses_no_household(self):
        values = np.arange(57, dtype=float)
        tenths = errors.calibration(values, values, np.ones(57))
        assert sum(tenth.households for tenth in tenths) == 57
        assert [tenth.estimated for tenth in tenths] == sorted(tenth.estimated for tenth in tenths)


class TestSigns:
    @pytest.mark.parametrize(
        ("fact", "transform", "argument", "base", "sign"),
        [
            ("persons_per_room", "value", "", (), -1),
            ("persons_per_room", "at_least", "3", (), -1),
            ("persons_per_room", "equals", "3", (), 0),
            ("refrigerator", "equals", "yes", (), 1),
            ("refrigerator", "equals", "no", (), -1),
            ("floor", "equals", "earth", ("cement",), -1),
            ("floor", "equals", "tile", ("cement",), 1),
            ("floor", "equals", "cement", ("earth", "tile"), 0),
            ("floor", "equals", "other", ("earth",), 0),
            ("head_sex", "equals", "F", ("M",), 0),
            ("urban", "value", "", (), 0),
        ],
    )
    def test_says_what_is_sensible_and_nothing_else(self, fact, transform, argument, base, sign):
        assert expected_sign(ScoreTerm(fact=fact, transform=transform, argument=argument), base) == sign

    def test_a_contrary_weight_is_told(self):
        (told,) = in_words([ScoreTerm(fact="persons_per_room", transform="value", weight=Decimal(2))])
        assert told.is_contrary


class TestColumns:
    def test_proposes_by_code_usual_name_and_arabic_label(self):
        label = str(CATALOGUE["rooms"].label)
        assert suggest(["hhid", "Consumption", "hhsize", label, "whatever"]) == [
            "@ref", "@welfare", "members", "rooms", "",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "columns",
        [
            {"a": "@ref", "b": "members"},
            {"a": "@welfare", "b": "members"},
            {"a": "@ref", "b": "@welfare"},
            {"a": "@ref", "b": "@welfare", "c": "members", "d": "members"},
            {"a": "@ref", "b": "@welfare", "c": "floor", "d": "floor=earth"},
            {"a": "@ref", "b": "@welfare", "c": "members; DROP TABLE x"},
        ],
    )
    def test_refuses_what_cannot_be_read(self, columns):
        assert problems(columns)


class TestReadSurvey:
    def read(self, text: str, columns: dict[str, str]):
        return read_survey(io.BytesIO(text.encode()), columns)

    def test_names_bad_cells_by_row_column_and_reason_and_takes_them_as_not_known(self):
        text = "id,y,members,floor,urban\n1,10,three,marble,maybe\n2,11,2.5,tile,1\n3,12,-1,earth,0\n"
        columns = {"id": "@ref", "y": "@welfare", "members": "members", "floor": "floor", "urban": "urban"}
        households, found = self.read(text, columns)
        assert [(one["row"], one["column"], one["reason"]) for one in found.named] == [
            (2, "members", "not_a_number"),
            (2, "floor", "unknown_code"),
            (2, "urban", "not_yes_or_no"),
            (3, "members", "not_whole"),
            (4, "members", "out_of_range"),
        ]
        assert households[0].facts == {"members": None, "floor": None, "urban": None}
        assert households[1].facts == {"members": None, "floor": "tile", "urban": True}

    def test_leaves_out_households_nobody_can_learn_from_and_says_why(self):
        text = "id,y,w,members\n,5,1,2\nA,,1,2\nB,x,1,2\nC,5,0,2\nD,5,1,2\nD,5,1,3\nE,5,1,4\n"
        columns = {"id": "@ref", "y": "@welfare", "w": "@weight", "members": "members"}
        households, found = self.read(text, columns)
        assert [one.ref for one in households] == ["E"]
        assert found.left_out == {"no_ref": 1, "no_welfare": 2, "no_weight": 1, "ref_twice": 1}

    def test_reads_people_by_their_head_and_counts_what_differs_between_them(self):
        text = "id,head,y,dis,size,age\n" + "".join(
            f"{home},1,7,0,2,50\n{home},0,7,{home % 2},2,9\n" for home in range(10)
        )
        columns = {
            "id": "@ref", "head": "@head", "y": "@welfare", "dis": "members_with_disability", "size": "members",
            "age": "head_age",
        }  # fmt: skip
        households, found = self.read(text, columns)
        assert found.counted == ["dis"]
        assert [one.facts["members_with_disability"] for one in households] == [home % 2 for home in range(10)]
        assert {one.facts["members"] for one in households} == {2}
        assert {one.facts["head_age"] for one in households} == {50}

    def test_a_household_whose_rows_contradict_each_other_in_the_measure_is_left_out(self):
        columns = {"id": "@ref", "head": "@head", "y": "@welfare", "size": "members"}
        households, found = self.read("id,head,y,size\nA,1,3,2\nA,0,4,2\nB,0,3,1\nC,1,3,2\nC,1,3,2\n", columns)
        assert households == []
        assert found.left_out == {"welfare_differs": 1, "no_head": 1, "many_heads": 1}

    def test_single_answers_become_one_fact_and_crowding_is_computed_as_in_the_register(self):
        columns = {
            "id": "@ref", "y": "@welfare", "e": "floor=earth", "t": "floor=tile", "m": "members", "r": "rooms",
            "n": "@region", "s": "@region",
        }  # fmt: skip
        households, _found = self.read("id,y,e,t,m,r,n,s\nA,1,0,1,6,4,0,1\nB,1,0,0,1,0,1,0\n", columns)
        assert households[0].facts == {"floor": "tile", "members": 6, "rooms": 4, "persons_per_room": 1.5}
        assert households[1].facts == {"floor": None, "members": 1, "rooms": 0}
        assert [one.region for one in households] == ["s", "n"]

    def test_each_finding_is_a_sentence(self):
        text = "id,y,members,floor\n1,10,three,marble\n2,11,2.5,tile\n3,12,-1,earth\n4,5,1\n5,,1,tile\n"
        columns = {"id": "@ref", "y": "@welfare", "members": "members", "floor": "floor"}
        _households, found = self.read(text, columns)
        assert {one["reason"] for one in found.named} == {
            "not_a_number", "unknown_code", "not_whole", "out_of_range", "cell_count", "no_welfare",
        }  # fmt: skip
        for one in found.named:
            said = finding_sentence(one["reason"], one["params"])
            assert said != one["reason"]
            assert "{" not in said

    def test_a_file_nobody_could_name_the_columns_of_is_refused(self):
        with pytest.raises(UnreadableFile, match="too_many_columns"):
            headings_of(io.BytesIO(",".join(f"c{number}" for number in range(501)).encode()))

    def test_halves_do_not_depend_on_the_order_of_the_file(self):
        made = rows(60)
        one, _ = self.read(as_csv(made).decode(), COLUMNS)
        other, _ = self.read(as_csv(made[::-1]).decode(), COLUMNS)
        first, second = halves(one)
        assert [home.ref for home in first] == [home.ref for home in halves(other)[0]]
        assert {home.ref for home in first}.isdisjoint(home.ref for home in second)
        assert abs(len(first) - len(second)) <= 1


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
