"""Two cards of one person in two households, and the steps to make them one, for tests."""

from beneficiaries.models import DuplicatePair, Household, Individual, Merge
from beneficiaries.services import merges
from beneficiaries.services.duplicates import decide_duplicate_pair
from ministry.models import Area, User
from tests.beneficiaries.factories import DuplicatePairFactory, household_of
from tests.ministry.factories import UserFactory

RIGHTS = [
    "beneficiaries.view_household",
    "beneficiaries.view_duplicatepair",
    "beneficiaries.decide_duplicatepair",
    "beneficiaries.confirm_merge",
]


def decider(area: Area | None = None) -> User:
    """Return somebody who decides on duplicates and confirms merges, in one area or everywhere."""
    return UserFactory(permissions=RIGHTS, permissions__area=area)


def head_of(household: Household) -> Individual:
    return household.memberships.get(relationship="head", left_on=None).individual


def pair_of(first: Individual, second: Individual, **fields: object) -> DuplicatePair:
    low, high = sorted((first, second), key=lambda person: person.pk)
    return DuplicatePairFactory(individual_a=low, individual_b=high, **fields)


def same(pair: DuplicatePair, actor: User | None = None) -> DuplicatePair:
    """Have somebody decide that the pair is one person."""
    return decide_duplicate_pair(pair=pair, verb="same", actor=actor or decider(), note="البطاقة نفسها")


def proposed(pair: DuplicatePair, **options: object) -> Merge:
    """Propose to merge the pair: the earlier card and its household stay, unless told otherwise."""
    if pair.status != DuplicatePair.Status.SAME:
        pair = same(pair)
    survivor = options.pop("survivor", pair.individual_a)
    kept = options.pop("kept_household", None) or survivor.memberships.get(left_on=None).household
    values = {"actor": decider(), "note": "حضر ومعه بطاقته"} | options
    return merges.propose_merge(pair=pair, survivor=survivor, kept_household=kept, **values)


def merged(pair: DuplicatePair, **options: object) -> Merge:
    """Propose the merge of a pair and have a second person confirm it."""
    return merges.confirm_merge(merge=proposed(pair, **options), actor=decider())


def undone(merge: Merge) -> Merge:
    """Propose to undo a merge and have a second person confirm it."""
    merge = merges.propose_undo(merge=merge, actor=decider(), note="توأمان")
    return merges.confirm_undo(merge=merge, actor=decider())


def two_homes(**second_traits: object) -> tuple[Household, Household, DuplicatePair]:
    """Return two households headed by what may be one woman, and the open pair; the second has nobody else."""
    first = household_of({"full_name": "سميرة عادل"}, {"full_name": "علي"})
    second = household_of({"full_name": "سميره عادل"} | second_traits)
    return first, second, pair_of(head_of(first), head_of(second))
