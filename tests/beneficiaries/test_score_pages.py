import random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from beneficiaries.models import HouseholdFacts, Score, ScoreFit, ScoringModel, Survey
from beneficiaries.queries.score_models import (
    AreaBands,
    band_limits,
    bands_by_governorate,
    compare_models,
    hide_small,
)
from beneficiaries.services.facts import refresh_facts
from beneficiaries.services.scores import score_households
from ministry import jobs
from ministry.models import AuditEntry, DisclosureEntry
from tests.beneficiaries.factories import household_of
from tests.beneficiaries.survey_files import COLUMNS, as_csv, fit_of, model_of, rows, survey_of
from tests.ministry.factories import AreaFactory, UserFactory

pytestmark = pytest.mark.django_db
RIGHTS = [
    "beneficiaries.view_survey",
    "beneficiaries.add_survey",
    "beneficiaries.view_scorefit",
    "beneficiaries.add_scorefit",
    "beneficiaries.view_scoringmodel",
    "beneficiaries.change_scoringmodel",
    "beneficiaries.view_score",
]


@pytest.fixture
def officer(client):
    user = UserFactory(permissions=RIGHTS)
    client.force_login(user)
    return user


def at(name: str, *args: object) -> str:
    return reverse(f"beneficiaries:{name}", args=args)


class TestFromFileToVersion:
    def test_a_survey_becomes_a_model_that_a_second_person_puts_in_force(self, client, officer):
        file = SimpleUploadedFile("survey.csv", as_csv(rows(bad=2)), "text/csv")
        response = client.post(at("survey_create"), {"name": "مسح", "source": "الجهاز", "file": file})
        survey = Survey.objects.get()
        assert response.url == at("survey_columns", survey.pk)

        form = client.get(response.url).context["form"]
        # What the headings suggest is chosen already; the rest is said by a person.
        assert form["column_0"].initial == "@ref"
        named = {f"column_{place}": COLUMNS.get(name, "") for place, name in enumerate(form.header)}
        assert client.post(at("survey_columns", survey.pk), named).status_code == 302
        survey.refresh_from_db()
        jobs.run_now(survey.job)

        page = client.get(at("survey_detail", survey.pk)).content.decode()
        assert "=1+1" in page
        asked = {f"fact_{code}": "value" for code in ("members", "rooms", "head_schooling_years", "refrigerator")}
        asked |= {"fact_floor": "answers", "fact_head_sex": "out", "fact_urban": "out", "fact_persons_per_room": "log"}
        asked |= {"fact_members_with_disability": "out"}
        response = client.post(
            at("fit_create", survey.pk), asked | {"is_log": "yes", "half": "a", "coverage": "٢٥", "poverty_line": ""}
        )
        fit = ScoreFit.objects.get()
        assert response.url == fit.get_absolute_url()
        assert client.get(response.url).status_code == 200
        jobs.run_now(fit.job)
        page = client.get(response.url)
        assert {told.term.fact for told in page.context["terms"]} >= {"members", "floor"}

        response = client.post(at("fit_draft", fit.pk), {"name_ar": "نموذج المسح", "name_en": "", "starts_on": ""})
        model = ScoringModel.objects.get(fit__pk=fit.pk)
        assert response.url == model.get_absolute_url()
        assert client.get(response.url).context["is_as_fitted"]
        client.post(at("score_verb", model.pk, "submit"), {"note": ""})
        assert client.post(at("score_verb", model.pk, "approve"), {"note": ""}).status_code == 403

        second = UserFactory(permissions=["beneficiaries.view_scoringmodel", "beneficiaries.approve_scoringmodel"])
        client.force_login(second)
        assert client.post(at("score_verb", model.pk, "approve"), {"note": ""}).status_code == 302
        model.refresh_from_db()
        assert (model.status, model.approved_by) == (ScoringModel.Status.IN_FORCE, second)

    def test_a_wrong_column_keeps_what_was_chosen_and_says_what_is_missing(self, client, officer):
        survey = survey_of(rows(220))
        response = client.post(at("survey_columns", survey.pk), {"column_3": "members"})
        assert response.status_code == 422
        assert response.context["form"]["column_3"].value() == "members"
        assert len(response.context["form"].non_field_errors()) == 2

    def test_a_wrong_figure_is_named_beside_its_field(self, client, officer):
        survey = survey_of(rows(220))
        response = client.post(at("fit_create", survey.pk), {"coverage": "120", "is_log": "yes", "half": "a"})
        assert response.status_code == 422
        assert "coverage" in response.context["form"].errors

    def test_one_trait_at_least_has_to_be_chosen(self, client, officer):
        survey = survey_of(rows(220))
        out = {f"fact_{code}": "out" for code in survey.findings["facts"]}
        response = client.post(
            at("fit_create", survey.pk), out | {"coverage": "25", "is_log": "yes", "half": "a", "poverty_line": ""}
        )
        assert response.status_code == 422
        assert not ScoreFit.objects.exists()

    def test_a_picture_is_no_survey(self, client, officer):
        picture = SimpleUploadedFile("survey.csv", b"\x89PNG\r\n\x1a\n" + bytes(64), "text/csv")
        response = client.post(at("survey_create"), {"name": "x", "source": "", "file": picture})
        assert response.status_code == 422
        assert not Survey.objects.exists()

    def test_a_file_that_is_no_table_any_more_is_told_and_not_a_fault(self, client, officer):
        survey = survey_of(rows(220), columns=COLUMNS)
        Survey.objects.filter(pk=survey.pk).update(
            columns={"gone": "@ref", "consumption": "@welfare", "rooms": "rooms"}
        )
        survey.refresh_from_db()
        job = jobs.start(kind="beneficiaries.survey_check", params={"survey": survey.pk}, actor=None, tell_worker=False)
        jobs.run_now(job)
        page = client.get(at("survey_detail", survey.pk))
        assert "gone" in page.content.decode()
        survey.refresh_from_db()
        assert survey.status == Survey.Status.FAILED

    def test_what_was_found_is_a_file_nothing_in_which_is_calculated(self, client, officer):
        survey = survey_of(rows(220, bad=1))
        text = b"".join(client.get(at("survey_findings", survey.pk)).streaming_content).decode("utf-8-sig")
        assert "'=1+1" in text
        assert AuditEntry.objects.filter(action="survey.exported", actor=officer).exists()

    def test_the_file_itself_is_read_by_those_who_bring_surveys_in_only(self, client, officer):
        survey = survey_of(rows(220))
        assert client.get(survey.document.get_absolute_url()).status_code == 200
        client.force_login(UserFactory(permissions=["beneficiaries.view_survey", "beneficiaries.view_scorefit"]))
        assert client.get(survey.document.get_absolute_url()).status_code in {403, 404}


class TestLists:
    @pytest.mark.parametrize("name", ["score_list", "survey_list"])
    def test_take_as_many_statements_for_two_rows_as_for_fifty(self, client, officer, name):
        counts = []
        for more in (2, 20):
            for _ in range(more):
                model_of(2)
                survey = survey_of(rows(4))
                survey.uploaded_by = UserFactory()
                survey.save()
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert client.get(at(name)).status_code == 200
            counts.append(len(captured))
        assert counts[0] == counts[1]


class TestVersions:
    def scored(self, model: ScoringModel, area, sizes: list[int]) -> None:
        homes = [household_of(*({} for _ in range(size)), area=area) for size in sizes]
        refresh_facts([home.pk for home in homes])
        HouseholdFacts.objects.filter(household__in=homes).update(rooms=2, urban=True)
        score_households(model, [home.pk for home in homes])

    def test_are_compared_term_by_term_and_by_who_leaves_the_poorest_fifth(self):
        first, second = model_of(1), model_of(2)
        first.terms.update(weight=3)
        self.scored(first, AreaFactory(), [1, 2, 3, 4, 5])
        score_households(second, Score.objects.values_list("household_id", flat=True))
        found = compare_models(ScoringModel.objects.get(pk=first.pk), ScoringModel.objects.get(pk=second.pk))
        assert [(pair.first, pair.second) for pair in found.pairs] == [(3, -2), (None, -2)]
        assert (found.households, found.fifth, found.leaving) == (5, 1, 1)

    def test_small_cells_are_hidden_and_one_more_where_one_would_be_worked_out(self):
        assert hide_small([[30, 5, 40, 12, 0]]) == [(30, None, 40, None, 0)]
        assert hide_small([[3, 5, 40, 12, 0]]) == [(None, None, 40, 12, 0)]
        assert hide_small([[30, 50], [40, 12]]) == [(30, 50), (40, 12)]
        assert hide_small([]) == []
        # One small cell takes one of its row, one of its column, and the one where these two meet.
        assert hide_small([[4, 20, 90], [30, 40, 90], [80, 80, 90]]) == [
            (None, None, 90), (None, None, 90), (80, 80, 90),
        ]  # fmt: skip

    @pytest.mark.parametrize("seed", range(200))
    def test_no_hidden_cell_follows_from_the_sum_of_its_row_or_column(self, seed):
        chance = random.Random(seed)
        width = chance.randint(1, 5)
        table = [[chance.choice([0, 0, 3, 9, 10, 25, 40]) for _ in range(width)] for _ in range(chance.randint(1, 6))]
        shown = hide_small(table)
        for counts, cells in [
            *zip(table, shown, strict=True),
            *zip(zip(*table, strict=True), zip(*shown, strict=True), strict=True),
        ]:
            assert not any(count is not None and 0 < count < 10 for count in cells)
            hidden = sum(cell is None for cell in cells)
            # A single one stays only where it is all of its line: there the sum is not told (`sum_is_told`).
            assert hidden != 1 or sum(1 for count in counts if count) == 1

    def test_a_sum_that_would_tell_its_only_hidden_cell_is_not_told_either(self):
        area = AreaFactory.build()
        assert not AreaBands(area, 12, (None, 0)).sum_is_told
        assert not AreaBands(area, 4, (None, 0)).sum_is_told
        assert AreaBands(area, 16, (None, None)).sum_is_told
        assert AreaBands(area, 42, (30, 12)).sum_is_told

    def test_areas_show_the_fifths_of_the_country_where_the_reader_looks(self, client):
        model = model_of(1)
        here, there = AreaFactory(level="governorate"), AreaFactory(level="governorate")
        self.scored(model, here, [1] * 10 + [2] * 12)
        self.scored(model, there, [5] * 12)
        reader = UserFactory(permissions=["beneficiaries.view_score"], permissions__area=here)
        rows_seen = bands_by_governorate(model, reader, band_limits(model))
        assert [(row.area, row.households) for row in rows_seen] == [(here, 22)]

    def test_pages_are_for_those_who_may_see_scores(self, client, officer):
        model = model_of(3)
        for name in ("score_detail", "score_compare", "score_areas"):
            assert client.get(at(name, model.pk)).status_code == 200
        assert client.get(at("score_compare", model.pk), {"other": "nobody"}).status_code == 200
        assert client.get(at("score_verb", model.pk, "burn")).status_code == 404
        client.force_login(UserFactory())
        for name in ("score_detail", "score_compare", "score_areas"):
            assert client.get(at(name, model.pk)).status_code == 403

    def test_a_draft_whose_weights_were_changed_does_not_carry_the_errors_of_the_fit(self, client, officer):
        fit = fit_of(survey_of(rows()))
        client.post(at("fit_draft", fit.pk), {"name_ar": "م", "name_en": "", "starts_on": ""})
        model = ScoringModel.objects.get(fit__pk=fit.pk)
        model.terms.update(weight=1)
        assert not client.get(at("score_detail", model.pk)).context["is_as_fitted"]

    def test_no_page_of_a_survey_discloses_a_person(self, client, officer):
        client.get(at("survey_detail", survey_of(rows(220)).pk))
        assert not DisclosureEntry.objects.exists()
