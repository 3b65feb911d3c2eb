"""What has happened to a household, from its own rows, the history, the audit trail and the slot of higher apps."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Q
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.models import Household, Individual, Merge
from beneficiaries.slots import TimelineItem, timeline_sources
from ministry import formats
from ministry.certain import certain
from ministry.history import Change, history_of
from ministry.models import AuditEntry, RowVersion, User

# Keys made from what was typed, not said by anybody; and what is masked elsewhere is masked here.
_DERIVED = ("phone_key",)
_MASKED = ("phone",)
LIMIT = 100

_DEEDS = {
    "household.verified": gettext_lazy("The household was checked and verified"),
}


def timeline_of(household: Household, reader: User) -> list[TimelineItem]:
    """Return the latest events of a household, newest first."""
    items = [
        *_beginnings(household),
        *_deeds(household),
        *_changes(household),
        *_members(household),
        *_merges(household),
        *(item for source in timeline_sources for item in source(household, reader)),
    ]
    return sorted(items, key=lambda item: item.at, reverse=True)[:LIMIT]


def _at(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _beginnings(household: Household) -> Iterator[TimelineItem]:
    yield TimelineItem(_at(household.registered_on), _("Registered by the office"))
    if household.import_batch_id:
        yield TimelineItem(
            household.created_at,
            _("Entered into the portal with import {number}").format(number=formats.number(household.import_batch_id)),
            tone="info",
        )
    else:
        yield TimelineItem(household.created_at, _("Entered into the portal"), tone="info")


def _deeds(household: Household) -> Iterator[TimelineItem]:
    entries = AuditEntry.objects.filter(
        target_type=household._meta.label_lower, target_id=household.pk, action__in=_DEEDS
    ).select_related("actor")
    for entry in entries[:LIMIT]:
        by = str(entry.actor) if entry.actor else ""
        yield TimelineItem(
            entry.at, str(_DEEDS[entry.action]), _(" · ").join(filter(None, (by, entry.note))), tone="ok"
        )


def _changes(household: Household) -> Iterator[TimelineItem]:
    # The status has its own entries, by the deed that changed it.
    yield from _said(history_of(household, limit=LIMIT, hidden=_MASKED), skip=("status", *_DERIVED))
    dwelling = getattr(household, "dwelling", None)
    if dwelling is not None:
        yield from _said(history_of(dwelling, limit=LIMIT))


def _said(changes: list[Change], skip: tuple[str, ...] = ()) -> Iterator[TimelineItem]:
    for change in changes:
        told = [part for part in change.changes if part.name not in skip]
        if not told:
            continue
        lines = [
            _("{field}: {old} ← {new}").format(field=part.label, old=part.old_text or "—", new=part.new_text or "—")
            if part.name not in _MASKED
            else _("{field} was changed").format(field=part.label)
            for part in told
        ]
        by = _("by {person}").format(person=change.actor) if change.actor else ""
        yield TimelineItem(change.at, _("Data changed"), _("; ").join([*lines, by] if by else lines), tone="info")


def _members(household: Household) -> Iterator[TimelineItem]:
    """Return who came and left, and that members' cards were changed (what was changed stands on the card)."""
    people = {}
    for membership in household.memberships.select_related("individual"):
        people[membership.individual_id] = membership.individual
        if membership.joined_on != household.registered_on:
            yield TimelineItem(
                _at(membership.joined_on), _("{name} joined the household").format(name=membership.individual.full_name)
            )
        if membership.left_on:
            yield TimelineItem(
                _at(membership.left_on), _("{name} left the household").format(name=membership.individual.full_name)
            )
    versions = RowVersion.objects.filter(
        table_name=Individual._meta.db_table, row_id__in=list(people), operation="U"
    ).order_by("-id")[:LIMIT]
    for version in versions:
        yield TimelineItem(
            version.changed_at,
            _("The card of {name} was changed").format(name=people[version.row_id].full_name),
            tone="info",
        )


def _merges(household: Household) -> Iterator[TimelineItem]:
    """Return that cards of this household were merged, and that a merge was undone."""
    merges = Merge.objects.filter(Q(kept_household=household) | Q(closed_household=household), decided_at__isnull=False)
    for merge in merges.exclude(status=Merge.Status.REFUSED).select_related("survivor", "merged", "decided_by")[:LIMIT]:
        yield TimelineItem(
            certain(merge.decided_at),
            format_html(
                _("Cards {old} and {new} were merged"),
                old=formats.isolated(merge.merged.person_ref),
                new=formats.isolated(merge.survivor.person_ref),
            ),
            _("by {person}").format(person=merge.decided_by),
            merge.get_absolute_url(),
            tone="info",
        )
        if merge.undone_at:
            yield TimelineItem(
                merge.undone_at,
                format_html(
                    _("The merge of cards {old} and {new} was undone"),
                    old=formats.isolated(merge.merged.person_ref),
                    new=formats.isolated(merge.survivor.person_ref),
                ),
                url=merge.get_absolute_url(),
                tone="warn",
            )
