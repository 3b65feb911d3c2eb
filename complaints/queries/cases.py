"""What the page of one case shows."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beneficiaries.models import Household
from beneficiaries.queries.standing import former_files
from complaints.models import ClockEvent, Complaint, Party
from ministry import formats
from ministry.models import User
from programs.models import EligibilityDecision, Payment
from programs.queries.payments import payments_of_household


@dataclass(frozen=True)
class Event:
    """A line of the clock's history."""

    at: dt.datetime
    text: str
    by: str = ""
    tone: str = ""


_TONES = {"overdue": "bad", "most": "warn", "interim": "warn", "climbed": "warn", "stop": "ok"}


def clock_events(complaint: Complaint) -> list[Event]:
    """Return what happened to the clock, newest first."""
    events = []
    for event in complaint.clock.select_related("by").order_by("-at", "-id"):
        more = [event.get_reason_display() if event.reason else "", event.note]
        if event.what == ClockEvent.What.CLIMBED:
            more.insert(0, event.get_level_display())
        if event.what == ClockEvent.What.RECKONED and event.due_on:
            more.append(formats.day(event.due_on))
        text = ": ".join(part for part in (event.get_what_display(), " · ".join(filter(None, more))) if part)
        events.append(Event(event.at, text, str(event.by) if event.by else "", _TONES.get(event.what, "")))
    return events


def clock_in_words(complaint: Complaint, today: dt.date | None = None) -> str:
    """Return how a case stands in time, as one would say it."""
    today = today or timezone.localdate()
    if complaint.closed_at is not None:
        count = complaint.days_used or 0
        used = ngettext(
            "Ended after {count} of {term} working days.", "Ended after {count} of {term} working days.", count
        )
        return used.format(count=formats.number(count), term=formats.number(complaint.term_days))
    if complaint.due_on is None:
        return _("The clock stands still.")
    left = (complaint.due_on - today).days
    if left < 0:
        return ngettext("{count} day late.", "{count} days late.", -left).format(count=formats.number(-left))
    if left == 0:
        return _("The answer is due today.")
    return ngettext("{count} day left.", "{count} days left.", left).format(count=formats.number(left))


def people(complaint: Complaint, reader: User) -> tuple[list[tuple[str, Any]], list[str]]:
    """Return who is in a case as (role, what may be said of them), and which fields of it were shown.

    Of a confidential case only the officer in charge sees who complains; phones are shown to that officer and to those
    who may see how to reach complainants.
    """
    in_charge = complaint.officer_id == reader.pk
    may_reach = in_charge or reader.has_perm("complaints.reveal_complainant", complaint.area)
    hidden = complaint.privacy == Complaint.Privacy.CONFIDENTIAL and not in_charge
    rows: list[tuple[str, Any]] = [(_("Privacy"), complaint.get_privacy_display())]
    shown: list[str] = []
    for party in complaint.parties.all():
        if party.role == Party.Role.ABOUT:
            rows.append((party.get_role_display(), formats.isolated(party.name)))
        elif hidden:
            rows.append((party.get_role_display(), _("Known to the officer in charge only")))
        else:
            parts: list[str] = [formats.isolated(party.name)] if party.name else []
            if party.relation:
                parts.append(formats.isolated(party.relation))
            if party.phone:
                parts.append(formats.isolated_ltr(party.phone) if may_reach else formats.masked(party.phone))
            rows.append((party.get_role_display(), format_html_join(" · ", "{}", ((part,) for part in parts))))
            shown += ["name", *(["phone"] if party.phone and may_reach else [])]
    return rows, shown


def earlier_of_same_number(complaint: Complaint, reader: User) -> list[Complaint]:
    """Return other cases that came with the same phone number, as far as the reader may see them.

    SECURITY: confidential cases are left out on both sides: the link would say who it was.
    """
    if complaint.privacy != Complaint.Privacy.NAMED:
        return []
    marks = [party.phone_mark for party in complaint.parties.all() if party.phone_mark]
    return list(
        Complaint.objects.visible_to(reader)
        .filter(parties__phone_mark__in=marks, privacy=Complaint.Privacy.NAMED)
        .exclude(pk=complaint.pk)
        .distinct()
        .for_list()[:5]
    )


def contested(complaint: Complaint, reader: User) -> tuple[list[Payment], list[EligibilityDecision]]:
    """Return the linked household's last payments and decisions, for readers who may see them there."""
    household = complaint.household
    if household is None:
        return [], []
    payments: list[Payment] = []
    decisions: list[EligibilityDecision] = []
    if reader.has_perm("programs.view_payment", household.area):
        payments = list(payments_of_household(household).select_related("cycle__program")[:6])
    if reader.has_perm("programs.view_eligibilitydecision", household.area):
        found = EligibilityDecision.objects.filter(household=household, run__status="complete")
        if complaint.program_id:
            found = found.filter(run__version__program=complaint.program_id)
        decisions = list(found.select_related("run__version__program").order_by("-run_id")[:4])
    return payments, decisions


def of_household(household: Household, reader: User) -> dict[str, Any] | None:
    """Return a household's cases for its file, also those of files that were closed into it; nothing where none are."""
    complaints = list(
        Complaint.objects.visible_to(reader)
        .filter(household__in=[household, *former_files(household)])
        .exclude(privacy=Complaint.Privacy.CONFIDENTIAL)
        .for_list()[:10]
    )
    return {"complaints": complaints} if complaints else None
