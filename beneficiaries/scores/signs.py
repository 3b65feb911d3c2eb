"""Which way a trait can sensibly point: what makes a household better off, what cannot.

A survey of some hundred households will now and then say that crowding makes rich. A model with such a weight is not
defensible before the household it excludes, so the fit is held to these signs and every page shows them.
Only what hardly anybody would dispute stands here; for everything else the survey decides.
"""

from collections.abc import Collection

from beneficiaries.facts import CATALOGUE, Kind
from beneficiaries.models import ScoreTerm
from beneficiaries.scores.checks import NO

T = ScoreTerm.Transform

# +1: the more, the better off; −1: the more, the worse off.
_MORE: dict[str, int] = {
    "members": -1,
    "children_0_5": -1,
    "children_6_11": -1,
    "children_12_14": -1,
    "children_15_17": -1,
    "children_0_17": -1,
    "working_members": 1,
    "school_age_out_of_school": -1,
    "members_with_disability": -1,
    "members_with_severe_disability": -1,
    "dependency_ratio": -1,
    "dependants_share": -1,
    "schooling_years_highest": 1,
    "schooling_years_mean_adults": 1,
    "head_schooling_years": 1,
    "head_works": 1,
    "head_with_severe_disability": -1,
    "rooms": 1,
    "bedrooms": 1,
    "persons_per_room": -1,
    "refrigerator": 1,
    "television": 1,
    "computer": 1,
    "mobile_phone": 1,
    "mobile_phones": 1,
    "tablets": 1,
    "monthly_rent": 1,
    "income_monthly": 1,
    "income_per_head": 1,
    "formal_income_highest": 1,
    "governorate_poverty_rate": -1,
}
# Answers in the order of what they say of welfare; answers that say nothing certain are not named.
_RANKS: dict[str, dict[str, int]] = {
    "tenure": {"precarious": 0, "owned": 1, "owned_paying": 1},
    "wall": {"waste": 0, "reed": 0, "metal": 1, "brick": 2, "concrete": 2},
    "floor": {"earth": 0, "cement": 1, "tile": 2},
    "roof": {"reed": 0, "metal": 1, "concrete": 1},
    "water": {"none": 0, "piped_outside": 1, "piped_inside": 2},
    "sanitation": {"none": 0, "pit": 1, "septic": 2, "sewer": 2},
    "electricity": {"none": 0, "grid": 1},
    "cooking_fuel": {"wood": 0, "gas": 1, "electricity": 1},
    "waste": {"dumped": 0, "burned": 0, "buried": 0, "collected": 1},
}


def expected_sign(term: ScoreTerm, base: Collection[str] = ()) -> int:
    """Return +1 or −1 where the weight of a term has one sensible sign, else 0.

    `base` holds the answers of the same question that are not terms of their own: what the term is compared with.
    """
    fact = CATALOGUE.get(term.fact)
    if fact is None:
        return 0
    if fact.kind is Kind.CHOICE:
        ranks = _RANKS.get(term.fact, {})
        own = ranks.get(term.argument)
        others = [ranks[value] for value in base if value in ranks]
        if own is None or not others:
            return 0
        return 1 if own > max(others) else -1 if own < min(others) else 0
    sign = _MORE.get(term.fact, 0)
    if term.transform == T.EQUALS:
        # To equal a number says nothing about more or less; «no» is the opposite of «yes».
        return 0 if fact.kind is not Kind.BOOLEAN else -sign if term.argument == NO else sign
    return sign


def unnamed_answers(fact: str, terms: Collection[ScoreTerm]) -> list[str]:
    """Return the answers to a question that no term of a model names."""
    named = {term.argument for term in terms if term.fact == fact}
    return [value for value, _label in CATALOGUE[fact].choices if value not in named]
