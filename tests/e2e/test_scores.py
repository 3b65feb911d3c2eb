"""A survey becomes a model, a second person puts it in force, and a household's score is explained by it."""

from pathlib import Path

from beneficiaries.models import Household, ScoreFit, ScoringModel, Survey
from ministry import jobs
from ministry.models import Job
from tests.beneficiaries.survey_files import as_csv, rows
from tests.e2e.conftest import Portal, assert_page_is_sound
from tests.e2e.test_main_job import press

NAME = "مسح المتصفح 2026"
# What the headings do not say by themselves.
SAID = {"schooling": "head_schooling_years", "sex": "head_sex", "town": "urban", "disabled": "members_with_disability"}


def test_from_a_survey_to_the_points_of_a_household(portal: Portal, tmp_path: Path):
    path = tmp_path / "survey.csv"
    path.write_bytes(as_csv(rows(bad=1)))
    page = portal.visit("/desk/scores/surveys/new/", "program_officer", "ar")
    page.fill("[name=name]", NAME)
    page.set_input_files("[name=file]", path)
    press(page)
    for heading, target in SAID.items():
        page.get_by_label(heading, exact=True).select_option(target)
    assert_page_is_sound(portal, page, "ar")
    press(page)
    survey = Survey.objects.get(name=NAME)
    jobs.run_now(survey.job)
    page.reload()
    assert "=1+1" in page.locator("main").inner_text()

    page.locator(f"a[href$='/surveys/{survey.pk}/fit/']").click()
    page.fill("[name=coverage]", "٣٠")
    press(page)
    fit = ScoreFit.objects.get(survey=survey)
    jobs.run_now(fit.job)
    page.reload()
    assert page.locator("figure.chart svg[role=img]").count() == 2
    assert_page_is_sound(portal, page, "ar")

    page.locator(f"a[href$='/fits/{fit.pk}/draft/']").click()
    press(page)
    model = ScoringModel.objects.get(fit=fit)
    page.locator(f"a[href$='/scores/{model.pk}/submit/']").click()
    press(page)
    assert page.locator(f"a[href$='/scores/{model.pk}/approve/']").count() == 0
    page.close()

    second = portal.visit(f"/desk/scores/{model.pk}/", "finance_manager", "ar")
    second.locator(f"a[href$='/scores/{model.pk}/approve/']").click()
    press(second)
    model.refresh_from_db()
    assert model.status == ScoringModel.Status.IN_FORCE
    jobs.run_now(Job.objects.get(kind="beneficiaries.scores", params__model_id=model.pk))
    second.goto(f"{portal.url}/desk/scores/{model.pk}/areas/")
    assert second.locator("main table tbody tr").count() > 1
    second.close()

    household = Household.objects.active().filter(scores__scoring_model=model, scores__value__isnull=False).first()
    assert household is not None
    file = portal.visit(household.get_absolute_url(), "program_officer", "ar")
    file.locator("#score summary").click()
    told = file.locator("#score").inner_text()
    assert f"{NAME}" in told
    assert file.locator("#score tbody tr").count() == model.terms.count() + 1
    file.close()
