"""People who hang together through possible duplicates: groups above a size are always looked at as a whole."""

from dataclasses import dataclass

from django.db import connection

from beneficiaries.models import DuplicatePair

# A group of more people than this is never decided pair by pair without being seen as a group.
LARGE = 5
# A page shows no more; a group so large is a fault of its own.
LIMIT = 60

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
