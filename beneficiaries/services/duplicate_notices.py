"""Who is told of strong pairs: those who decide on duplicates, nearest to each of the two households."""

from django.db import connection, transaction
from django.urls import reverse

from beneficiaries.messages import DUPLICATES_FOUND
from beneficiaries.models import DuplicatePair
from beneficiaries.services.merges.proposing import DECIDE
from ministry import formats
from ministry.models import Notice, NoticeTemplate, Role, User
from ministry.notices import notify

# Of those whose right reaches a household's area the nearest are told: the unit's own people, the district's where
# the unit has none, and so on up.
_TELL = """
    WITH told AS (
        UPDATE beneficiaries_duplicatepair SET told_at = now()
        WHERE band = 'strong' AND status = 'open' AND told_at IS NULL
        RETURNING id, individual_a_id, individual_b_id
    ),
    side AS (
        SELECT told.id AS pair_id, area.path
        FROM told
        JOIN beneficiaries_membership home
          ON home.individual_id IN (told.individual_a_id, told.individual_b_id) AND home.left_on IS NULL
        JOIN beneficiaries_household household ON household.id = home.household_id
        JOIN ministry_area area ON area.id = household.area_id
    ),
    desk AS (
        SELECT DISTINCT assignment.user_id, area.path
        FROM ministry_staffassignment assignment
        JOIN ministry_user staff ON staff.id = assignment.user_id AND staff.is_active
        JOIN ministry_area area ON area.id = assignment.area_id
        WHERE assignment.role_id = ANY(%(roles)s) AND assignment.starts_on <= current_date
          AND (assignment.ends_on IS NULL OR assignment.ends_on >= current_date)
    ),
    nearest AS (
        SELECT path, user_id FROM (
            SELECT place.path, desk.user_id,
                   rank() OVER (PARTITION BY place.path ORDER BY length(desk.path) DESC) AS distance
            FROM (SELECT DISTINCT path FROM side) place JOIN desk ON starts_with(place.path, desk.path)
        ) reaching WHERE distance = 1
    )
    SELECT nearest.user_id, count(DISTINCT side.pair_id), min(side.pair_id), max(side.pair_id)
    FROM side JOIN nearest USING (path) GROUP BY nearest.user_id ORDER BY nearest.user_id
"""


@transaction.atomic
def tell_of_strong_pairs() -> list[Notice]:
    """Tell of each open strong pair of which nobody was told yet, in one notice a person; return the notices.

    Repeating it tells nobody twice: a pair counts as told in the same statement that says whom to tell.
    """
    app, codename = DECIDE.split(".")
    roles = Role.objects.filter(permissions__codename=codename, permissions__content_type__app_label=app)
    with connection.cursor() as cursor:
        cursor.execute(_TELL, {"roles": list(roles.order_by().values_list("pk", flat=True))})
        rows = cursor.fetchall()
    people = User.objects.in_bulk([row[0] for row in rows])
    return [_tell(people[user_id], count=count, first=first, last=last) for user_id, count, first, last in rows]


def _tell(user: User, *, count: int, first: int, last: int) -> Notice:
    only = DuplicatePair.objects.get(pk=first) if count == 1 else None
    return notify(
        DUPLICATES_FOUND,
        channel=NoticeTemplate.Channel.PORTAL,
        # The pairs told of in one go lie between these; no pair is told of twice.
        key=f"duplicate_pairs:{first}-{last}:{count}:user:{user.pk}",
        user=user,
        context={"count": formats.number(count)},
        subject=only,
        url=reverse("beneficiaries:duplicate_detail", args=[first])
        if only
        else f"{reverse('beneficiaries:duplicate_list')}?status=open&band=strong",
    )
