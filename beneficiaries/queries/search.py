"""Finding households by whatever the person at the desk has: a name in any spelling, a number, a reference.

Two ways lead from a name to households, and which one is quick depends on how common the name is. A rare name is
looked up in the index of name skeletons, and its few households are fetched. A common one («محمد») would bring a
million entries out of that index; walking the households from the newest until a page is full meets enough of them
after a few hundred. The planner's statistics of the skeletons say which it is. Decision:
`ministry/docs/decisions/0006-search-walks-for-common-names.md`.
"""

import json
import re
from dataclasses import dataclass

from django.db.models import OuterRef, Q, QuerySet, Subquery

from beneficiaries.models import DuplicatePair, Household, Identifier, Individual, Membership
from ministry.text import clean, fold_digits, name_skeletons, phone_key

# A look-up that brings this many times more than expected was misjudged; walking then answers sooner.
MISJUDGED_FROM = 4
# At most so many households for the beginning of a reference.
REFERENCES_LIMIT = 1_000
REFERENCE_PREFIX_FROM = 4

_NOT_IN_KEYS = re.compile(r"[^0-9A-Z]")


@dataclass(frozen=True)
class SearchResult:
    """The households found, and roughly how many where counting them would take longer than showing them."""

    households: QuerySet[Household]
    estimate: int | None = None


def find_households(households: QuerySet[Household], text: str) -> SearchResult:
    """Return those of `households` of which `text` is a name, national number, phone or reference.

    A text without digits is a name: every part of it must be a part of one member's name, in any order and spelling.
    Anything else is a number or reference and must match whole (references from their beginning).
    """
    text = clean(fold_digits(text))
    if not text:
        return SearchResult(households)
    if any(character.isdigit() for character in text):
        return SearchResult(households.filter(pk__in=_ids_by_number(text)))
    return _find_by_name(households, text)


def _ids_by_number(text: str) -> set[int]:
    compact = _NOT_IN_KEYS.sub("", text.upper())
    phone = phone_key(text)
    people = set(
        Identifier.objects.filter(value_key=compact, removed_on__isnull=True).values_list("individual", flat=True)
    )
    people.update(Individual.objects.filter(person_ref__in={text, text.upper()}).values_list("pk", flat=True))
    found: set[int] = set()
    if phone:
        people.update(Individual.objects.filter(phone_key=phone).exclude(phone_key="").values_list("pk", flat=True))
        found.update(Household.objects.filter(phone_key=phone).exclude(phone_key="").values_list("pk", flat=True))
    if people:
        found.update(Membership.objects.current().filter(individual__in=people).values_list("household", flat=True))
    reference = Q(household_ref__in={text, text.upper()})
    if len(text) >= REFERENCE_PREFIX_FROM:
        reference |= Q(household_ref__startswith=text) | Q(household_ref__startswith=text.upper())
    found.update(Household.objects.filter(reference).values_list("pk", flat=True)[:REFERENCES_LIMIT])
    return found


def common_from(people: int) -> int:
    """Return how many namesakes make a name common in a register of so many people.

    Looking up costs as much as there are namesakes; walking costs as much as people are met until a page is full,
    which is a page's rows times people over namesakes. A looked-up row costs about five times as much as one met
    (measured), so both are equal at the root of five times the people: 1,400 of 400,000, 4,500 of 4 million.
    """
    return round((5 * people) ** 0.5)


def _find_by_name(households: QuerySet[Household], text: str) -> SearchResult:
    skeletons = sorted({part for part in name_skeletons(text) if part})
    if not skeletons:
        return SearchResult(households.none())
    namesakes = Individual.objects.filter(name_skeletons__contains=skeletons)
    expected = _expected_rows(namesakes)
    limit = common_from(_expected_rows(Individual.objects.all()))
    if expected <= limit:
        ids = Membership.objects.current().filter(individual__in=namesakes).values_list("household", flat=True)
        found = list(ids[: MISJUDGED_FROM * limit + 1])
        if len(found) <= MISJUDGED_FROM * limit:
            return SearchResult(households.filter(pk__in=set(found)))
    # A subquery with a limit is asked household by household; EXISTS would be turned round into a join that first
    # gathers all namesakes.
    namesake = Membership.objects.current().filter(
        household=OuterRef("pk"), individual__name_skeletons__contains=skeletons
    )
    walked = households.alias(namesake=Subquery(namesake.values("pk")[:1])).filter(namesake__isnull=False)
    share = expected / max(1, _expected_rows(Household.objects.all()))
    return SearchResult(walked, estimate=round(min(1.0, share) * _expected_rows(households)))


def _expected_rows(queryset: QuerySet) -> int:
    """Return how many rows the planner expects, from its statistics, without reading any."""
    plan = json.loads(queryset.order_by().values("pk").explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])


def with_open_pairs(households: QuerySet[Household]) -> QuerySet[Household]:
    """Keep the households of which a member may be registered twice."""
    pairs = DuplicatePair.objects.filter(status=DuplicatePair.Status.OPEN)
    people = pairs.values("individual_a").union(pairs.values("individual_b"), all=True)
    members = Membership.objects.current().filter(individual__in=people)
    return households.filter(pk__in=members.values("household"))
