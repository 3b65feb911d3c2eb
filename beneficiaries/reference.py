"""Reference data of the registry: the demonstration scoring model, and how often households are visited again."""

from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from beneficiaries.models import RecertificationPeriod, ScoreTerm, ScoringModel
from beneficiaries.services.scores import PMT, save_term
from ministry.models import Area

T = ScoreTerm.Transform

SOURCE = (
    "Demonstration weights: chosen by hand so that about a third of a typical register lies below 45 points. Not fitted"
    " to a survey and not fit for any real decision."
)
INTERCEPT = Decimal("51.25")
# Fact, transform, compared with, weight in points, worth when unknown. Higher means better off.
TERMS: tuple[tuple[str, T, str, str, str | None], ...] = (
    ("members", T.LOG1P, "", "-12", None),
    ("dependants_share", T.VALUE, "", "-10", "0.4"),
    ("persons_per_room", T.LOG1P, "", "-8", "0.693147"),
    ("members_with_severe_disability", T.AT_LEAST, "1", "-3", None),
    ("working_members", T.AT_LEAST, "1", "4", None),
    ("head_schooling_years", T.VALUE, "", "0.8", "6"),
    ("schooling_years_mean_adults", T.VALUE, "", "0.6", "6"),
    ("head_sex", T.EQUALS, "F", "-2", "0"),
    ("urban", T.VALUE, "", "3", "0.5"),
    ("tenure", T.EQUALS, "precarious", "-5", "0"),
    ("floor", T.EQUALS, "earth", "-8", "0"),
    ("floor", T.EQUALS, "cement", "-4", "0"),
    ("wall", T.EQUALS, "waste", "-5", "0"),
    ("water", T.EQUALS, "piped_inside", "3", "1"),
    ("sanitation", T.EQUALS, "sewer", "4", "0"),
    ("cooking_fuel", T.EQUALS, "wood", "-6", "0"),
    ("refrigerator", T.VALUE, "", "6", "1"),
    ("television", T.VALUE, "", "3", "0.5"),
    ("computer", T.VALUE, "", "8", "0"),
    ("mobile_phones", T.LOG1P, "", "4", "0.693147"),
    ("governorate_poverty_rate", T.VALUE, "", "-0.15", "30"),
)


def load() -> int:
    """Create the demonstration model when there is no scoring model yet; returns the rows added.

    It is in force in a demo, where nothing real hangs on it; elsewhere it is a draft that two people may take up.
    """
    if ScoringModel.objects.filter(code=PMT).exists():
        return 0
    model = ScoringModel.objects.create(
        code=PMT,
        version=1,
        name_ar="اختبار الوسائل غير المباشر (أوزان توضيحية)",
        name_en="Proxy means test (demonstration weights)",
        intercept=INTERCEPT,
        source=SOURCE,
        is_demonstration=True,
    )
    for fact, transform, argument, weight, when_unknown in TERMS:
        save_term(
            ScoreTerm(
                scoring_model=model,
                fact=fact,
                transform=transform,
                argument=argument,
                weight=Decimal(weight),
                when_unknown=Decimal(when_unknown) if when_unknown is not None else None,
            )
        )
    if settings.DEMO:
        model.status = ScoringModel.Status.IN_FORCE
        model.in_force_on = timezone.localdate()
        model.save(update_fields=["status", "in_force_on"])
    return 1 + len(TERMS)


# Illustrative: the ministry sets its own, for the country or for single areas.
RECERTIFICATION_MONTHS = 24


def load_recertification_period() -> int:
    """Set a period for the whole country where the ministry has set none at all; returns the rows added."""
    country = Area.objects.filter(level=Area.Level.COUNTRY).order_by("path").first()
    if country is None or RecertificationPeriod.objects.exists():
        return 0
    RecertificationPeriod.objects.create(
        area=country, months=RECERTIFICATION_MONTHS, source="Illustrative; to be set by decree."
    )
    return 1
