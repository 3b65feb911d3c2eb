"""Two households whose members are mostly the same people: who is whom, as far as possible duplicates tell."""

from dataclasses import dataclass

from django.db.models import Q

from beneficiaries.models import DuplicatePair, Household, Membership
from beneficiaries.rules import relationship_across

HEAD = Membership.Relationship.HEAD


@dataclass(frozen=True)
class Overlap:
    """Who of the household to be closed may be who of the one that stays."""

    kept: Household
    closed: Household
    # The head first.
    staying: list[Membership]
    members: list[Membership]
    # By the key of the person in the household to be closed: the pair, and the key of the person in the other one.
    pairs: dict[int, DuplicatePair]
    matches: dict[int, int]

    @property
    def is_mostly_one(self) -> bool:
        """Whether more than one person, and more than half of the household to be closed, may be in both."""
        return len(self.matches) > 1 and 2 * len(self.matches) > len(self.members)

    def relationship_of(self, member: Membership) -> str:
        """Return what somebody whom only the closed file knows is to the head of the other one, as far as known."""
        head = next((one for one in self.members if one.relationship == HEAD), None)
        counterpart = self.matches.get(head.individual_id) if head else None
        theirs = next((one for one in self.staying if one.individual_id == counterpart), None)
        if member.relationship == HEAD or theirs is None:
            return Membership.Relationship.OTHER_RELATIVE
        return relationship_across(theirs.relationship, member.relationship)


def overlap_of(kept: Household, closed: Household) -> Overlap:
    """Return who may be who in two households, each person once: the surest pair first. Three statements."""
    staying, members = _members(kept), _members(closed)
    here = {one.individual_id for one in staying}
    there = {one.individual_id for one in members}
    rows = DuplicatePair.objects.filter(
        Q(individual_a__in=here, individual_b__in=there) | Q(individual_a__in=there, individual_b__in=here)
    ).exclude(status=DuplicatePair.Status.DIFFERENT)
    matches: dict[int, int] = {}
    pairs: dict[int, DuplicatePair] = {}
    for pair in sorted(rows, key=lambda row: (row.status != DuplicatePair.Status.SAME, -row.probability, row.pk)):
        a, b = pair.individual_a_id, pair.individual_b_id
        theirs, ours = (a, b) if a in there else (b, a)
        if theirs not in matches and ours not in matches.values():
            matches[theirs], pairs[theirs] = ours, pair
    return Overlap(kept, closed, staying, members, pairs, matches)


def households_of(pair: DuplicatePair) -> list[Household]:
    """Return the two households of a pair, the one registered earlier first; fewer where there are not two."""
    rows = (
        Membership.objects.current()
        .filter(individual__in=[pair.individual_a_id, pair.individual_b_id])
        .exclude(household__status=Household.Status.INACTIVE)
        .select_related("household__area")
    )
    homes = {row.household_id: row.household for row in rows}
    return sorted(homes.values(), key=lambda home: (home.registered_on, home.pk))


def _members(household: Household) -> list[Membership]:
    rows = household.memberships.current().select_related("individual").order_by("pk")
    return sorted(rows, key=lambda one: one.relationship != HEAD)
