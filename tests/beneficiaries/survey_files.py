"""Invented survey files for tests."""

import csv
import io
import math
import random
from decimal import Decimal

from django.core.files.base import ContentFile

from beneficiaries.facts import CATALOGUE
from beneficiaries.fitting.candidates import forms_of
from beneficiaries.models import ScoreFit, ScoringModel, Survey
from beneficiaries.services import surveys as services
from ministry import jobs
from ministry.models import User
from tests.beneficiaries.factories import ScoreTermFactory, ScoringModelFactory
from tests.ministry.factories import UserFactory

COLUMNS = {
    "hhid": "@ref",
    "weight": "@weight",
    "region": "@region",
    "consumption": "@welfare",
    "members": "members",
    "rooms": "rooms",
    "schooling": "head_schooling_years",
    "sex": "head_sex",
    "town": "urban",
    "floor": "floor",
    "fridge": "refrigerator",
    "disabled": "members_with_disability",
}


def rows(households: int = 400, seed: int = 7, bad: int = 0) -> list[dict[str, object]]:
    """Return families whose consumption follows from their traits, and chance; `bad` of them with a bad cell."""
    chance = random.Random(seed)
    made = []
    for number in range(households):
        row: dict[str, object] = {
            "hhid": f"H{number}",
            "weight": chance.choice([0.5, 1, 1.5]),
            "region": chance.choice(["North", "South"]),
            "members": chance.randint(1, 9),
            "rooms": chance.randint(1, 5),
            "schooling": chance.randint(0, 16),
            "sex": chance.choice("FM"),
            "town": chance.choice([0, 1]),
            "floor": chance.choice(["earth", "cement", "tile"]),
            "fridge": chance.choice(["yes", "no", ""]),
            "disabled": chance.choice([0, 0, 0, 1]),
        }
        gain = -0.12 * int(str(row["members"])) + 0.08 * int(str(row["rooms"])) + 0.05 * int(str(row["schooling"]))
        gain += 0.2 * (row["fridge"] == "yes") - 0.3 * (row["floor"] == "earth") + chance.gauss(0, 0.25)
        made.append(row | {"consumption": round(1000 * math.exp(gain), 2)})
    for row in made[:bad]:
        row["rooms"] = "=1+1"
    return made


def as_csv(made: list[dict[str, object]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(made[0]))
    writer.writeheader()
    writer.writerows(made)
    return text.getvalue().encode()


def survey_of(
    made: list[dict[str, object]], actor: User | None = None, columns: dict[str, str] | None = None
) -> Survey:
    """Return a survey whose columns are named and whose cells were read."""
    survey = services.open_survey(
        file=ContentFile(as_csv(made), name="survey.csv"), name="مسح تجريبي", source="", actor=actor
    )
    survey = services.name_survey_columns(survey=survey, columns=columns or COLUMNS, actor=actor, tell_worker=False)
    jobs.run_now(survey.job)
    survey.refresh_from_db()
    return survey


def start_of(survey: Survey, actor: User | None = None, **options: object) -> ScoreFit:
    """Return a fit that waits for its job, with every trait in its usual form."""
    return services.start_fit(
        survey=survey,
        actor=actor,
        **{
            "chosen": {code: forms_of(CATALOGUE[code])[0] for code in survey.findings["facts"]},
            "coverage": Decimal(25),
            "is_log": True,
            "tell_worker": False,
            **options,
        },
    )


def fit_of(survey: Survey, actor: User | None = None, **options: object) -> ScoreFit:
    """Return a finished fit."""
    fit = start_of(survey, actor, **options)
    jobs.run_now(fit.job)
    fit.refresh_from_db()
    return fit


def model_of(terms: int, *, status: str = "draft") -> ScoringModel:
    """Return a version of a model with some terms; a submitted one was written by somebody."""
    model = ScoringModelFactory(prepared_by=UserFactory())
    for fact in ("members", "rooms", "urban")[:terms]:
        ScoreTermFactory(scoring_model=model, fact=fact)
    ScoringModel.objects.filter(pk=model.pk).update(status=status)
    model.refresh_from_db()
    return model
