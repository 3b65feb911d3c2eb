"""What a column of a survey file can be, and what its heading suggests: proposed to a person, never assumed."""

from collections.abc import Sequence

from django.utils import translation
from django.utils.translation import gettext as _

from beneficiaries.facts import CATALOGUE, Fact, Kind
from beneficiaries.imports.layout import heading
from beneficiaries.scores.checks import NOT_SCORABLE
from ministry.text import name_key

REF, HEAD, WELFARE, WEIGHT, REGION = "@ref", "@head", "@welfare", "@weight", "@region"
# Each of these is one column; a region may be spread over several, one for each region, that hold 1 or 0.
ONCE = (REF, HEAD, WELFARE, WEIGHT)

# Headings that household surveys use again and again, of the measure, the weight and some traits.
_USUAL = {
    "hhid": REF, "hh_id": REF, "household_id": REF, "household_ref": REF, "idhogar": REF,
    "is_head": HEAD, "head": HEAD,
    "welfare": WELFARE, "consumption": WELFARE, "consumption_per_head": WELFARE, "pcexp": WELFARE,
    "weight": WEIGHT, "hhweight": WEIGHT, "wt": WEIGHT, "survey_weight": WEIGHT,
    "region": REGION, "governorate": REGION,
    "hhsize": "members", "household_size": "members",
    "sex_of_head": "head_sex", "female": "head_sex=F", "male": "head_sex=M",
    "age": "head_age", "age_of_head": "head_age",
    "refrig": "refrigerator", "fridge": "refrigerator", "tv": "television",
    "mobilephone": "mobile_phone", "qmobilephone": "mobile_phones",
    "rent": "monthly_rent", "income": "income_monthly",
}  # fmt: skip


def mappable_facts() -> list[Fact]:
    """Return the facts a column of a survey may hold."""
    return [fact for fact in CATALOGUE.values() if fact.code not in NOT_SCORABLE and not fact.is_auxiliary]


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what a column can be, in groups, in the active language."""
    survey = [
        (REF, _("Number of the household")),
        (HEAD, _("This row is the head of household (1 or 0)")),
        (WELFARE, _("Measure of welfare, such as consumption per head")),
        (WEIGHT, _("Survey weight")),
        (REGION, _("Region, or one region (1 or 0)")),
    ]
    facts = [(fact.code, str(fact.label)) for fact in mappable_facts()]
    answers = [
        (f"{fact.code}={value}", _("{fact}: {value} (1 or 0)").format(fact=fact.label, value=label))
        for fact in mappable_facts()
        if fact.kind is Kind.CHOICE
        for value, label in fact.choices
    ]
    return [(_("The survey"), survey), (_("Traits"), facts), (_("One answer of a question"), answers)]


def targets() -> set[str]:
    """Return every code a column may be mapped to."""
    return {code for _title, group in choices() for code, _label in group}


def label_of(target: str) -> str:
    """Return what a target is called."""
    return next((label for _title, group in choices() for code, label in group if code == target), target)


def suggest(headings: Sequence[str]) -> list[str]:
    """Return for each heading what it probably is ("" = nothing), each single thing once."""
    known = dict(_USUAL)
    for language in ("ar", "en"):
        with translation.override(language):
            known |= {name_key(str(fact.label)): fact.code for fact in mappable_facts()}
    known |= {fact.code: fact.code for fact in mappable_facts()}
    taken: set[str] = set()
    found = []
    for name in headings:
        target = known.get(heading(name)) or known.get(name_key(name), "")
        if target in taken and target != REGION:
            target = ""
        found.append(target)
        taken.add(target)
    return found


def problems(columns: dict[str, str]) -> list[str]:
    """Return, in sentences, what keeps a mapping from being used."""
    chosen = list(columns.values())
    wrong = []
    if unknown := sorted(set(chosen) - targets() - {""}):
        wrong.append(_("The portal does not know: {names}.").format(names=", ".join(unknown)))
    if REF not in chosen:
        wrong.append(_("Choose the column that holds the number of the household; every row needs it."))
    if WELFARE not in chosen:
        wrong.append(_("Choose the column that holds the measure of welfare; the model learns to estimate it."))
    for target in sorted({one for one in chosen if one and one != REGION and chosen.count(one) > 1}):
        wrong.append(_("More than one column was chosen for “{target}”. Keep one.").format(target=label_of(target)))
    whole = {one for one in chosen if one in CATALOGUE}
    for target in sorted({one.partition("=")[0] for one in chosen if "=" in one} & whole):
        wrong.append(
            _("“{target}” was chosen as a whole and by single answers. Use one or the other.").format(
                target=label_of(target)
            )
        )
    if not whole and not any("=" in one for one in chosen):
        wrong.append(_("Choose at least one trait from which welfare is to be estimated."))
    return wrong
