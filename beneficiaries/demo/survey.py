"""The demo's household survey: invented consumption of invented families, and a model fitted from it."""

import csv
import io
import math
import random
from decimal import Decimal

from django.core.files.base import ContentFile

from beneficiaries.facts import CATALOGUE
from beneficiaries.fitting.candidates import forms_of
from beneficiaries.fitting.columns import REF, REGION, WEIGHT, WELFARE
from beneficiaries.models import HouseholdFacts, Survey
from beneficiaries.services import scores, surveys
from ministry import jobs
from ministry.actor import acting
from ministry.certain import certain
from ministry.demo import Demo, register_step
from ministry.models import Area

_HOUSEHOLDS = 1_200
_TRAITS = (
    "members", "children_0_5", "members_with_disability", "head_sex", "head_age", "head_schooling_years",
    "schooling_years_mean_adults", "urban", "tenure", "rooms", "floor", "water", "sanitation", "cooking_fuel",
    "refrigerator", "computer", "mobile_phones",
)  # fmt: skip
# What makes the invented families better or worse off, in shares of consumption per head.
_EFFECTS = {
    "members": -0.09, "children_0_5": -0.05, "members_with_disability": -0.06, "head_schooling_years": 0.03,
    "schooling_years_mean_adults": 0.03, "urban": 0.12, "rooms": 0.07, "refrigerator": 0.15, "computer": 0.3,
    "mobile_phones": 0.06,
}  # fmt: skip
_NAME = "مسح الدخل والإنفاق (بيانات تجريبية)"


def _write(demo: Demo) -> bytes:
    """Return a survey file of families like those of the register, with the slips a real one has."""
    chance = random.Random(demo.seed)  # noqa: S311 - invented data
    columns = ("household_id", "stratum", "region", "consumption", *_TRAITS)
    governorates = {area.pk: area.code for area in Area.objects.governorates()}
    facts = list(HouseholdFacts.objects.order_by("pk").values("governorate_id", *_TRAITS)[:20_000])
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for number in range(_HOUSEHOLDS):
        row = chance.choice(facts)
        gain = sum(effect * float(row[code] or 0) for code, effect in _EFFECTS.items())
        gain += {"earth": -0.25, "cement": -0.1}.get(row["floor"] or "", 0.0) + chance.gauss(0, 0.3)
        consumption: object = round(1500 * math.exp(gain))
        if number % 397 == 5:
            consumption = "غير معروف"
        cells = [
            "" if row[code] is None else int(row[code]) if isinstance(row[code], bool) else row[code]
            for code in _TRAITS
        ]
        weight = round(chance.uniform(0.6, 1.6), 2)
        writer.writerow([f"S{number + 1:05}", weight, governorates.get(row["governorate_id"], ""), consumption, *cells])
    return text.getvalue().encode()


def _fit(demo: Demo) -> str:
    """Bring the survey in, fit a model, draft it and hand it to a second person."""
    actor = demo.person("program_officer")
    with acting(actor):
        survey = surveys.open_survey(
            file=ContentFile(_write(demo), name="household-survey.csv"),
            name=_NAME,
            source="بيانات مولدة آليًا لعرض النظام، لا تصف أسرًا حقيقية.",
            actor=actor,
        )
        columns = {
            "household_id": REF, "stratum": WEIGHT, "region": REGION, "consumption": WELFARE,
        } | {code: code for code in _TRAITS}  # fmt: skip
        survey = surveys.name_survey_columns(survey=survey, columns=columns, actor=actor, tell_worker=False)
        jobs.run_now(certain(survey.job))
        survey.refresh_from_db()
        fit = surveys.start_fit(
            survey=survey,
            actor=actor,
            chosen={code: forms_of(CATALOGUE[code])[0] for code in survey.findings["facts"]},
            coverage=Decimal(25),
            is_log=True,
            tell_worker=False,
        )
        jobs.run_now(certain(fit.job))
        fit.refresh_from_db()
        model = surveys.draft_from_fit(
            fit=fit,
            actor=actor,
            name_ar="اختبار الوسائل غير المباشر (من المسح التجريبي)",
            name_en="Proxy means test (from the demonstration survey)",
        )
        scores.submit_scoring_model(model=model, actor=actor)
    return f"{survey.households} households of the survey, {len(fit.result['terms'])} terms"


def _is_fitted(_demo: Demo) -> bool:
    return Survey.objects.filter(fits__scoring_model__isnull=False).exists() or not HouseholdFacts.objects.exists()


register_step("survey and fitted score", _fit, is_done=_is_fitted, order=125)
