"""People who hang together through possible duplicates: groups above a size are always looked at as a whole."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np
from django.db import connection

from beneficiaries.duplicates.clusters import labelled
from beneficiaries.models import DuplicatePair
from beneficiaries.queries.pairs import PairCard, Side, with_sides
from ministry.models import User

# A group of more people than this is never decided pair by pair without being seen as a group.
LARGE = 5
# A page shows no more; a group so large is a fault of its own.
LIMIT = 60
# People whom a table of everybody against everybody still shows readably.
TABLE_LIMIT = 16

_GROUP = """
    WITH RECURSIVE member (id) AS (
        SELECT unnest(%s::bigint[])
        UNION
        SELECT beside.id FROM member CROSS JOIN LATERAL (
            SELECT individual_b_id AS id FROM beneficiaries_duplicatepair
            WHERE individual_a_id = member.id AND status <> 'different'
            UNION ALL
            SELECT individual_a_id FROM beneficiaries_duplicatepair
            WHERE individual_b_id = member.id AND status <> 'different'
        ) beside
    )
    SELECT id FROM member LIMIT %s
"""


@dataclass(frozen=True)
class Group:
    """The people a pair hangs together with, and the pairs between them."""

    people: list[int]
    pairs: list[DuplicatePair]

    @property
    def is_large(self) -> bool:
        return len(self.people) > LARGE


def group_of(pair: DuplicatePair) -> Group:
    """Return the group of a pair: everybody reachable through pairs that nobody found to be different people."""
    with connection.cursor() as cursor:
        cursor.execute(_GROUP, [[pair.individual_a_id, pair.individual_b_id], LIMIT])
        people = sorted(row[0] for row in cursor.fetchall())
    pairs = (
        DuplicatePair.objects.filter(individual_a__in=people, individual_b__in=people)
        .exclude(pk=pair.pk)
        .select_related("individual_a", "individual_b")
        .order_by("-probability", "pk")
    )
    return Group(people, list(pairs[:LIMIT]))


@dataclass(frozen=True)
class LargeGroup:
    """A group of more than five people as a list shows it; `pair_id` is one of its undecided pairs and names it."""

    pair_id: int
    people: int
    pairs: int
    undecided: int
    money: Decimal


# Both cards still stand for somebody, and nobody has found them to be different people.
_LIVING = """
    SELECT pair.id, pair.individual_a_id, pair.individual_b_id, pair.status IN ('open', 'visit'), pair.money_at_stake
    FROM beneficiaries_duplicatepair pair
    JOIN beneficiaries_individual a ON a.id = pair.individual_a_id AND a.merged_into_id IS NULL
    JOIN beneficiaries_individual b ON b.id = pair.individual_b_id AND b.merged_into_id IS NULL
    WHERE pair.status <> 'different'
    ORDER BY pair.id
"""


def large_groups(reader: User) -> list[LargeGroup]:
    """Return the groups of more than five people in which something is undecided, most money first.

    One statement over all living pairs (some 50,000 in a register of a million people), then connected components in
    memory; a group is shown to whoever sees one of its pairs.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LIVING)
        rows = cursor.fetchall()
    first, second = (np.array([row[at] for row in rows], np.int64) for at in (1, 2))
    groups: dict[int, list[int]] = defaultdict(list)
    sizes: dict[int, int] = {}
    for at, (label, people) in enumerate(zip(*labelled(first, second), strict=True)):
        if people > LARGE:
            groups[int(label)].append(at)
            sizes[int(label)] = int(people)
    keys = [rows[at][0] for members in groups.values() for at in members]
    visible = set(DuplicatePair.objects.visible_to(reader).filter(pk__in=keys).values_list("pk", flat=True))
    found = []
    for label, members in groups.items():
        undecided = [at for at in members if rows[at][3]]
        named_by = [rows[at][0] for at in undecided if rows[at][0] in visible]
        if named_by:
            money = max(rows[at][4] for at in members)
            found.append(LargeGroup(named_by[0], sizes[label], len(members), len(undecided), money))
    return sorted(found, key=lambda group: (-group.money, -group.people, group.pair_id))


@dataclass(frozen=True)
class Resemblance:
    """A group as its page shows it: who is in it, and what is known of each two of them."""

    people: list[Side]
    cards: list[PairCard]

    @cached_property
    def undecided(self) -> list[PairCard]:
        """Return the pairs nobody has decided on and whose two people the reader may both see."""
        waiting = (DuplicatePair.Status.OPEN, DuplicatePair.Status.VISIT)
        return [card for card in self.cards if card.pair.status in waiting and card.a.is_visible and card.b.is_visible]

    @property
    def table(self) -> list[tuple[int, Side, list[PairCard | None]]]:
        """Return one row for each person: number, person, and the pair with each other one; empty for too many."""
        if len(self.people) > TABLE_LIMIT:
            return []
        by_people = {frozenset((card.pair.individual_a_id, card.pair.individual_b_id)): card for card in self.cards}
        keys = [side.individual.pk for side in self.people]
        return [
            (number, side, [by_people.get(frozenset((side.individual.pk, other))) for other in keys])
            for number, side in enumerate(self.people, start=1)
        ]


def resemblance_of(pair: DuplicatePair, reader: User) -> Resemblance:
    """Return the group of a pair with everybody in it, in six statements however large it is."""
    group = group_of(pair)
    cards = with_sides(sorted([pair, *group.pairs], key=lambda one: (-one.probability, one.pk)), reader)
    sides = {side.individual.pk: side for card in cards for side in card.sides}
    return Resemblance([sides[key] for key in sorted(sides)], cards)
