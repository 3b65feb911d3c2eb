import datetime as dt
import math
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InternalError, transaction
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from beneficiaries import reference
from beneficiaries.facts import CATALOGUE
from beneficiaries.models import HouseholdFacts, Score, ScoreTerm, ScoringModel
from beneficiaries.queries.scores import explain_score
from beneficiaries.scores import check_term
from beneficiaries.scores.parts import parts_that_add_up
from beneficiaries.services import scores as services
from beneficiaries.services.facts import refresh_facts
from beneficiaries.workflows import SCORING_MODEL
from ministry import formats
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import AuditEntry, Job
from tests.beneficiaries.factories import (
    DwellingFactory,
    HouseholdFactory,
    ScoreTermFactory,
    ScoringModelFactory,
    household_of,
)
from tests.ministry.factories import UserFactory

TODAY = dt.date(2026, 11, 22)
STATUS = ScoringModel.Status


def term(fact: str, transform: str = "value", argument: str = "", weight: str = "1", when_unknown=None) -> ScoreTerm:
    return ScoreTerm(
        fact=fact,
        transform=transform,
        argument=argument,
        weight=Decimal(weight),
        when_unknown=None if when_unknown is None else Decimal(when_unknown),
    )


def model_of(*terms: ScoreTerm, **fields) -> ScoringModel:
    model = ScoringModelFactory(**fields)
    for entry in terms:
        entry.scoring_model = model
        services.save_term(entry)
    return model


class TestCheckTerm:
    @pytest.mark.parametrize(
        ("bad", "field"),
        [
            (term("members_of_the_club"), "fact"),
            (term("members; DROP TABLE x"), "fact"),
            (term("pmt_score"), "fact"),
            (term("floor"), "transform"),
            (term("floor", "at_least", "1"), "transform"),
            (term("urban", "log1p"), "transform"),
            (term("members", "sqrt"), "transform"),
            (term("members", "value", "3"), "argument"),
            (term("members", "at_least", ""), "argument"),
            (term("members", "at_least", "three"), "argument"),
            (term("members", "equals", "nan"), "argument"),
            (term("members", "equals", "inf"), "argument"),
            (term("floor", "equals", "marble"), "argument"),
            (term("floor", "equals", "tile' OR '1'='1"), "argument"),
            (term("urban", "equals", "1"), "argument"),
            (term("floor", "equals", "tile", when_unknown="2"), "when_unknown"),
        ],
    )
    def test_names_the_field_of_a_term_that_cannot_be_computed(self, bad, field):
        assert [error.field for error in check_term(bad)] == [field]

    @pytest.mark.parametrize("code", sorted(set(CATALOGUE) - {"pmt_score"}))
    def test_every_fact_can_be_scored_by_each_transform_that_fits(self, code):
        fact = CATALOGUE[code]
        candidates = [
            term(code),
            term(code, "log1p"),
            term(code, "at_least", "2"),
            term(code, "equals", fact.choices[0][0] if fact.choices else "2"),
            term(code, "equals", "yes"),
        ]
        assert any(not list(check_term(candidate)) for candidate in candidates)

    def test_the_message_names_what_is_permitted(self, settings):
        settings.LANGUAGE_CODE = "en"
        (error,) = check_term(term("floor", "equals", "marble"))
        assert "tile" in error.message
        assert "marble" in error.message


@pytest.mark.django_db
class TestScore:
    def score(self, model: ScoringModel, household) -> float | None:
        refresh_facts([household.pk], on_date=TODAY)
        services.score_households(model, [household.pk])
        return Score.objects.get(scoring_model=model, household=household).value

    def test_adds_intercept_and_weighted_transforms(self):
        household = household_of({"years_schooling": 9}, {}, urban=True)
        DwellingFactory(household=household, rooms=2, floor="earth", refrigerator=False)
        model = model_of(
            term("members", "log1p", weight="-10"),
            term("persons_per_room", weight="-3"),
            term("floor", "equals", "earth", weight="-8"),
            term("floor", "equals", "tile", weight="5"),
            term("urban", weight="4"),
            term("refrigerator", "equals", "no", weight="-6"),
            term("head_schooling_years", "at_least", "9", weight="7"),
            term("members", "equals", "2", weight="0.5"),
            intercept=50,
        )
        expected = 50 - 10 * math.log(3) - 3 * 1 - 8 + 0 + 4 - 6 + 7 + 0.5
        assert self.score(model, household) == pytest.approx(expected)

    def test_is_unknown_when_a_fact_it_needs_is_unknown(self):
        household = household_of({}, income_monthly=None)
        assert self.score(model_of(term("income_monthly", weight="0.01")), household) is None

    def test_the_logarithm_of_an_unknown_fact_is_unknown(self):
        household = household_of({})
        DwellingFactory(household=household, rooms=None)
        assert self.score(model_of(term("rooms", "log1p", weight="5")), household) is None
        assumed = model_of(term("rooms", "log1p", weight="5", when_unknown="2"), intercept=1)
        assert self.score(assumed, household) == 11

    def test_zero_is_not_unknown(self):
        household = household_of({}, income_monthly=0)
        assert self.score(model_of(term("income_monthly", weight="0.01"), intercept=7), household) == 7

    def test_uses_what_the_term_is_worth_when_unknown(self):
        household = household_of({}, urban=None)
        assert self.score(model_of(term("urban", weight="10", when_unknown="0.25"), intercept=1), household) == 3.5

    def test_an_unknown_choice_is_neither_this_nor_that(self):
        household = household_of({})
        model = model_of(term("floor", "equals", "earth", weight="-8"), intercept=0)
        assert self.score(model, household) is None

    def test_a_second_sweep_changes_nothing(self):
        household = household_of({})
        model = model_of(term("members"))
        self.score(model, household)
        assert services.score_households(model, [household.pk]) == 0

    def test_an_inactive_household_loses_its_score(self):
        household = household_of({})
        model = model_of(term("members"))
        self.score(model, household)
        household.status = "inactive"
        household.save()
        refresh_facts([household.pk], on_date=TODAY)
        assert services.score_households(model, [household.pk]) == 1
        assert not Score.objects.exists()

    def test_the_model_in_force_writes_the_fact(self):
        household = household_of({}, {})
        draft = model_of(term("members", weight="100"))
        in_force = model_of(term("members", weight="3"), intercept=1, is_demonstration=True)
        ScoringModel.objects.filter(pk=in_force.pk).update(status=STATUS.IN_FORCE)
        refresh_facts([household.pk], on_date=TODAY)
        services.score_households(draft, [household.pk])
        assert HouseholdFacts.objects.get(household=household).pmt_score == 7


@pytest.mark.django_db
class TestExplainScore:
    def test_parts_add_up_to_the_stored_score_exactly(self):
        household = household_of({"years_schooling": 7}, {"birth_date": None}, urban=None)
        DwellingFactory(household=household, rooms=3)
        reference.load()
        model = ScoringModel.objects.get(code="pmt")
        refresh_facts([household.pk], on_date=TODAY)
        services.score_households(model, [household.pk])

        explanation = explain_score(model, household)

        assert explanation.value == Score.objects.get(scoring_model=model, household=household).value
        total = explanation.intercept
        for part in explanation.terms:
            total += part.points
        assert total == explanation.value
        assert {part.fact.code for part in explanation.terms if part.is_assumed} >= {"urban", "dependants_share"}

    def test_what_is_shown_adds_up_and_each_fact_has_its_sentence(self):
        household = household_of({"years_schooling": 7}, {"birth_date": None}, urban=None)
        DwellingFactory(household=household, rooms=3)
        reference.load()
        refresh_facts([household.pk], on_date=TODAY)
        explanation = explain_score(ScoringModel.objects.get(code="pmt"), household)
        assert explanation.start + sum(part.shown for part in explanation.terms) == explanation.total
        assert abs(float(explanation.total) - explanation.value) <= 0.005
        sizes = [abs(part.points) for part in explanation.by_size]
        assert sizes == sorted(sizes, reverse=True)
        with translation.override("en"):
            for part in explanation.terms:
                said = part.sentence
                assert (formats.number(abs(part.shown), 2) in said) == bool(part.shown or part.is_assumed)
                assert ("lowers" in said) <= (part.shown < 0)
                assert ("raises" in said) <= (part.shown > 0)

    @given(st.lists(st.floats(-500, 500), min_size=1, max_size=30), st.integers(0, 3))
    def test_parts_are_rounded_so_that_they_add_up(self, parts, places):
        shown = parts_that_add_up(parts, places)
        unit = Decimal(1).scaleb(-places)
        exact = sum(Decimal(str(part)) for part in parts)
        assert sum(shown) == (exact / unit).to_integral_value(ROUND_HALF_EVEN) * unit
        assert all(abs(one - Decimal(str(part))) <= unit for one, part in zip(shown, parts, strict=True))

    def test_names_the_facts_that_are_missing(self):
        household = household_of({}, income_monthly=None)
        model = model_of(term("income_monthly"), term("members"))
        refresh_facts([household.pk], on_date=TODAY)
        explanation = explain_score(model, household)
        assert explanation.value is None
        assert [fact.code for fact in explanation.missing] == ["income_monthly"]

    def test_a_household_without_facts_has_no_explanation(self):
        assert explain_score(model_of(term("members")), HouseholdFactory()) is None


@pytest.mark.django_db
class TestApproveScoringModel:
    @pytest.fixture
    def writer(self):
        return UserFactory(permissions=["beneficiaries.change_scoringmodel", "beneficiaries.approve_scoringmodel"])

    @pytest.fixture
    def approver(self):
        return UserFactory(permissions=["beneficiaries.approve_scoringmodel"])

    def test_refuses_the_person_who_submitted_it(self, writer):
        model = services.submit_scoring_model(model=model_of(term("members")), actor=writer)
        with pytest.raises(RuleViolation):
            services.approve_scoring_model(model=model, actor=writer)

    def test_the_database_refuses_it_too(self, writer):
        model = services.submit_scoring_model(model=model_of(term("members")), actor=writer)
        with pytest.raises(IntegrityError), transaction.atomic():
            ScoringModel.objects.filter(pk=model.pk).update(status=STATUS.IN_FORCE, approved_by=writer)
        with pytest.raises(IntegrityError), transaction.atomic():
            ScoringModel.objects.filter(pk=model.pk).update(status=STATUS.IN_FORCE)

    def test_supersedes_the_version_in_force_and_scores_everybody(
        self, writer, approver, django_capture_on_commit_callbacks
    ):
        old, new = model_of(term("members")), model_of(term("members"))
        for model in (old, new):
            with django_capture_on_commit_callbacks(execute=True):
                submitted = services.submit_scoring_model(model=model, actor=writer)
                services.approve_scoring_model(model=submitted, actor=approver)
        old.refresh_from_db()
        new.refresh_from_db()
        assert (old.status, new.status) == (STATUS.SUPERSEDED, STATUS.IN_FORCE)
        assert Job.objects.filter(kind=services.JOB_KIND, params__model_id=new.pk).count() == 1
        assert AuditEntry.objects.filter(action="scoring_model.approved", actor=approver).count() == 2

    def test_a_second_approval_finds_the_step_taken(self, writer, approver):
        model = services.submit_scoring_model(model=model_of(term("members")), actor=writer)
        services.approve_scoring_model(model=model, actor=approver)
        with pytest.raises(TransitionNotAllowed):
            services.approve_scoring_model(model=model, actor=approver)

    def test_refuses_a_model_without_terms(self, writer):
        with pytest.raises(RuleViolation):
            services.submit_scoring_model(model=ScoringModelFactory(), actor=writer)

    def test_refuses_a_term_that_got_past_the_form(self, writer):
        model = ScoringModelFactory()
        ScoreTermFactory(scoring_model=model, fact="floor", transform="log1p")
        with pytest.raises(RuleViolation, match="floor"):
            services.submit_scoring_model(model=model, actor=writer)

    def test_a_submitted_model_no_longer_changes(self, writer):
        model = services.submit_scoring_model(model=model_of(term("members")), actor=writer)
        for change in (
            lambda: ScoreTerm.objects.filter(scoring_model=model).update(weight=9),
            lambda: ScoreTerm.objects.filter(scoring_model=model).delete(),
            lambda: ScoreTermFactory(scoring_model=model, fact="rooms"),
            lambda: ScoringModel.objects.filter(pk=model.pk).update(intercept=1),
            lambda: ScoringModel.objects.filter(pk=model.pk).delete(),
        ):
            with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
                change()

    def test_sending_back_needs_a_reason(self, writer, approver):
        model = services.submit_scoring_model(model=model_of(term("members")), actor=writer)
        with pytest.raises(RuleViolation):
            services.send_back_scoring_model(model=model, actor=approver, note=" ")
        assert services.send_back_scoring_model(model=model, actor=approver, note="وزن الأرضية").status == STATUS.DRAFT


@pytest.mark.django_db
@pytest.mark.parametrize("status", STATUS.values)
def test_each_verb_is_open_only_from_its_statuses_and_to_its_holders(status):
    everybody = UserFactory(permissions=["beneficiaries.change_scoringmodel", "beneficiaries.approve_scoringmodel"])
    nobody = UserFactory()
    expected = {
        STATUS.DRAFT: ["submit"],
        STATUS.SUBMITTED: ["send_back", "approve"],
        STATUS.APPROVED: ["send_back"],
    }.get(STATUS(status), [])
    assert SCORING_MODEL.available(status=status, actor=everybody) == expected
    assert SCORING_MODEL.available(status=status, actor=nobody) == []
    with pytest.raises(PermissionDenied):
        SCORING_MODEL.check("approve", status=status, actor=nobody)


@pytest.mark.django_db
class TestDemonstrationModel:
    def test_is_a_draft_where_nothing_is_a_demo(self, settings):
        settings.DEMO = False
        assert reference.load() == 1 + len(reference.TERMS)
        assert ScoringModel.objects.get().status == STATUS.DRAFT

    def test_is_in_force_in_a_demo_and_loaded_once(self, settings):
        settings.DEMO = True
        reference.load()
        assert reference.load() == 0
        model = ScoringModel.objects.get()
        assert (model.status, model.is_demonstration) == (STATUS.IN_FORCE, True)
        assert "Demonstration weights" in model.source

    def test_scores_a_household_of_which_little_is_known(self, settings):
        settings.DEMO = True
        reference.load()
        household = HouseholdFactory(urban=None)
        refresh_facts([household.pk], on_date=TODAY)
        assert HouseholdFacts.objects.get(household=household).pmt_score is not None
