"""Pages of scores and surveys, for the tests that visit every page: (name, role, path, query)."""

from collections.abc import Callable

from django.urls import reverse

from beneficiaries.models import ScoreFit, ScoringModel, Survey
from tests.beneficiaries.survey_files import fit_of, model_of, rows, start_of, survey_of

NAME = "مسح الصفحات"


def a_survey(state: str = "ready") -> Survey:
    """Return a survey that is "ready", with three cells that could not be read, or "few": too small."""
    name = f"{NAME} {state}"
    known = Survey.objects.filter(name=name).first()
    if known is None:
        known = survey_of(rows(260, bad=3) if state == "ready" else rows(40))
        Survey.objects.filter(pk=known.pk).update(name=name)
    return known


def a_fit(state: str = "done") -> ScoreFit:
    """Return a fit that is "done", or "waiting" for its job."""
    survey = a_survey()
    known = survey.fits.filter(completed_at__isnull=state == "waiting", scoring_model=None).first()
    return known or (start_of(survey) if state == "waiting" else fit_of(survey))


def a_model(status: str) -> ScoringModel:
    """Return a version that somebody else has written."""
    return ScoringModel.objects.filter(status=status, version__gte=1000).first() or model_of(3, status=status)


def _page(name: str, thing: Callable[[], object], *more: str) -> Callable[[], str]:
    return lambda: reverse(f"beneficiaries:{name}", args=[thing().pk, *more])  # type: ignore[attr-defined]


def _in_force() -> ScoringModel:
    return ScoringModel.objects.get(code="pmt", status="in_force")


def _compared() -> str:
    return f"{reverse('beneficiaries:score_compare', args=[a_model('draft').pk])}?other={_in_force().pk}"


OFFICER = "program_officer"
SCORE_PAGES: list[tuple[str, str, Callable[[], str] | None, str]] = [
    ("beneficiaries:score_list", OFFICER, None, ""),
    ("beneficiaries:score_detail", OFFICER, _page("score_detail", lambda: a_model("draft")), ""),
    ("beneficiaries:score_detail", "finance_manager", _page("score_detail", lambda: a_model("submitted")), ""),
    ("beneficiaries:score_detail", "auditor", _page("score_detail", _in_force), ""),
    ("beneficiaries:score_compare", OFFICER, _compared, ""),
    ("beneficiaries:score_areas", OFFICER, _page("score_areas", _in_force), ""),
    ("beneficiaries:score_verb", OFFICER, _page("score_verb", lambda: a_model("draft"), "submit"), ""),
    ("beneficiaries:score_verb", "finance_manager", _page("score_verb", lambda: a_model("submitted"), "send_back"), ""),
    ("beneficiaries:survey_list", OFFICER, None, ""),
    ("beneficiaries:survey_create", OFFICER, None, ""),
    ("beneficiaries:survey_detail", OFFICER, _page("survey_detail", a_survey), ""),
    ("beneficiaries:survey_detail", "auditor", _page("survey_detail", lambda: a_survey("few")), "?few"),
    ("beneficiaries:survey_columns", OFFICER, _page("survey_columns", a_survey), ""),
    ("beneficiaries:fit_create", OFFICER, _page("fit_create", a_survey), ""),
    ("beneficiaries:fit_detail", OFFICER, _page("fit_detail", a_fit), ""),
    ("beneficiaries:fit_detail", "auditor", _page("fit_detail", lambda: a_fit("waiting")), "?waiting"),
    ("beneficiaries:fit_draft", OFFICER, _page("fit_draft", a_fit), ""),
]
