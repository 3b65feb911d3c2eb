"""The calendar by which households' data are confirmed again: days, visits, reminders. Sets in SQL."""

import datetime as dt
from collections.abc import Iterable

import phonenumbers
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.messages import RECERTIFICATION_REMINDER
from beneficiaries.models import ChangeRequest, Household, Recertification, RecertificationVisit
from ministry import audit, countries, formats
from ministry.exceptions import RuleViolation
from ministry.models import NoticeTemplate, User
from ministry.notices.services import render
from ministry.sql import SqlParams

Outcome = RecertificationVisit.Outcome
VISIT = "beneficiaries.add_recertificationvisit"
# A household is reminded so long before its day.
REMIND_BEFORE = dt.timedelta(days=30)

# The period of the nearest area above, once per area: there are a few hundred areas and millions of households.
_PERIODS = """
    SELECT area.id AS area_id, period.months
    FROM ministry_area area
    CROSS JOIN LATERAL (
        SELECT p.months FROM beneficiaries_recertificationperiod p
        JOIN ministry_area above ON above.id = p.area_id
        WHERE starts_with(area.path, above.path) ORDER BY length(above.path) DESC LIMIT 1
    ) period
"""
_MISSING = """
    INSERT INTO beneficiaries_recertification (household_id, recertify_by, confirmed_on)
    SELECT h.id, (h.registered_on + make_interval(months => period.months))::date, NULL
    FROM beneficiaries_household h
    JOIN (SELECT * FROM periods) period ON period.area_id = h.area_id
    WHERE h.status <> 'inactive'
      AND (%(households)s::bigint[] IS NULL OR h.id = ANY(%(households)s))
      AND NOT EXISTS (SELECT FROM beneficiaries_recertification r WHERE r.household_id = h.id)
    ON CONFLICT (household_id) DO NOTHING
"""
# The visit that found something changed counts as the confirmation once the change is in the file.
_RENEW = """
    UPDATE beneficiaries_recertification r
    SET confirmed_on = visit.visited_on,
        recertify_by = (visit.visited_on + make_interval(months => period.months))::date
    FROM beneficiaries_household h
    JOIN (SELECT * FROM periods) period ON period.area_id = h.area_id
    CROSS JOIN LATERAL (
        SELECT v.visited_on, v.outcome FROM beneficiaries_recertificationvisit v
        WHERE v.household_id = h.id ORDER BY v.visited_on DESC, v.id DESC LIMIT 1
    ) visit
    WHERE r.household_id = h.id AND h.id = ANY(%(households)s)
      AND visit.outcome = ANY(%(outcomes)s) AND r.confirmed_on IS DISTINCT FROM visit.visited_on
"""
_REMIND = """
    INSERT INTO ministry_notice (key, template_code, channel, language, recipient, subject_type, subject_id,
                                 subject, body, url, status, attempts, error, created_at)
    SELECT 'household:' || h.id || ':recertify:' || r.recertify_by, %(code)s, %(channel)s, %(language)s,
           CASE WHEN phone.key LIKE '00%%' THEN '+' || substr(phone.key, 3) ELSE %(prefix)s || phone.key END,
           'beneficiaries.household', h.id, %(title)s, %(body)s, '', 'queued', 0, '', now()
    FROM beneficiaries_recertification r
    JOIN beneficiaries_household h ON h.id = r.household_id AND h.status <> 'inactive'
    LEFT JOIN beneficiaries_membership m
           ON m.household_id = h.id AND m.left_on IS NULL AND m.relationship = 'head'
    LEFT JOIN beneficiaries_individual i ON i.id = m.individual_id
    CROSS JOIN LATERAL (SELECT coalesce(nullif(i.phone_key, ''), h.phone_key) AS key) phone
    WHERE r.recertify_by = %(day)s AND phone.key <> ''
    ON CONFLICT (key) DO NOTHING
"""


def _with_periods(statement: str) -> str:
    return f"WITH periods AS MATERIALIZED ({_PERIODS}) {statement}"


@transaction.atomic
def plan_recertifications(household_ids: Iterable[int] | None = None) -> int:
    """Give every household that has none (of these, or of all) the day by which its data are to be confirmed.

    It is counted from the registration. Days given before stay, also when the ministry changes the period. Repeating
    it changes nothing. Returns how many were given.
    """
    households = None if household_ids is None else sorted(set(household_ids))
    with connection.cursor() as cursor:
        cursor.execute(_with_periods(_MISSING), {"households": households})
        return cursor.rowcount


def renew_after_change(household_ids: Iterable[int]) -> int:
    """Count anew from the latest visit where that visit has led to a change that is in the file now."""
    params: SqlParams = {"households": sorted(set(household_ids)), "outcomes": [Outcome.CHANGED.value]}
    with connection.cursor() as cursor:
        cursor.execute(_with_periods(_RENEW), params)
        return cursor.rowcount


@transaction.atomic
def record_visit(
    *, household: Household, actor: User, visited_on: dt.date, outcome: str, note: str = ""
) -> RecertificationVisit:
    """Write down a visit. «Confirmed unchanged» counts the next day from it; the other outcomes leave it due.

    Sent again, the same visit of the same person is found and nothing is written.

    Raises:
        PermissionDenied: the actor may not record visits in this area.
        RuleViolation: the household has left the register, the day lies ahead or before the registration, or a change
            request that is still open says that something has changed.
    """
    household = Household.objects.select_for_update(of=("self",)).select_related("area").get(pk=household.pk)
    if not actor.has_perm(VISIT, household.area):
        raise PermissionDenied
    if household.status == Household.Status.INACTIVE:
        raise RuleViolation(_("This household has left the register."))
    if visited_on > timezone.localdate():
        raise RuleViolation(_("The visit lies ahead: record it when it has taken place."))
    if visited_on < household.registered_on:
        raise RuleViolation(
            _("The household was registered on {day}; a visit before that confirms nothing.").format(
                day=formats.day(household.registered_on)
            )
        )
    if outcome == Outcome.UNCHANGED:
        waiting = ChangeRequest.objects.of_household(household.pk).filter(status__in=["submitted", "approved"]).first()
        if waiting is not None:
            raise RuleViolation(
                _("A change of this household still waits to be decided ({change}); it is not unchanged.").format(
                    change=waiting
                )
            )
    visit, is_new = RecertificationVisit.objects.get_or_create(
        household=household,
        visited_on=visited_on,
        outcome=outcome,
        visited_by=actor,
        defaults={"note": note.strip()},
    )
    if not is_new:
        if visit.note != note.strip():
            raise RuleViolation(_("You have recorded this visit already, with another note. Nothing was changed."))
        return visit
    plan_recertifications([household.pk])
    if outcome == Outcome.UNCHANGED:
        params: SqlParams = {"households": [household.pk], "outcomes": [Outcome.UNCHANGED.value]}
        with connection.cursor() as cursor:
            cursor.execute(_with_periods(_RENEW), params)
    audit.record(actor=actor, action="household.visited", target=household, note=note, data={"outcome": str(outcome)})
    return visit


@transaction.atomic
def write_reminders(*, on_date: dt.date | None = None) -> int:
    """Write an SMS to the households whose day comes within a month, once for each day, and return how many.

    They are sent afterwards, by the clock. Households without a usable phone get none; the list shows them too.
    """
    on_date = on_date or timezone.localdate()
    written = 0
    days = (
        Recertification.objects.filter(recertify_by__range=(on_date, on_date + REMIND_BEFORE))
        .order_by("recertify_by")
        .values_list("recertify_by", flat=True)
        .distinct()
    )
    prefix = f"+{phonenumbers.country_code_for_region(countries.current().phone_region)}"
    for day in days:
        title, body = render(
            RECERTIFICATION_REMINDER,
            channel=NoticeTemplate.Channel.SMS,
            context={"day": f"{day:%d/%m/%Y}"},
            language=settings.LANGUAGE_CODE,
        )
        with connection.cursor() as cursor:
            cursor.execute(
                _REMIND,
                {
                    "code": RECERTIFICATION_REMINDER,
                    "channel": NoticeTemplate.Channel.SMS,
                    "language": settings.LANGUAGE_CODE,
                    "prefix": prefix,
                    "title": title,
                    "body": body,
                    "day": day,
                },
            )
            written += cursor.rowcount
    return written
