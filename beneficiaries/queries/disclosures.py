"""Who looked at a household's file: its extract for the people it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.models import Household, Individual, Registration
from ministry.models import DisclosureEntry, Document

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# Entries one extract holds; the count tells when there are more.
LIMIT = 300
_FIELDS: "Mapping[str, _StrPromise]" = {
    "file": gettext_lazy("The household's file"),
    "card": gettext_lazy("A member's card"),
    "identifiers": gettext_lazy("National numbers in full"),
    "phone": gettext_lazy("Phone number in full"),
    "receipt": gettext_lazy("Receipt of the registration"),
    "print": gettext_lazy("The household's file, printed"),
    "disclosures": gettext_lazy("This extract"),
}
_PURPOSES: "Mapping[str, _StrPromise]" = {
    "household file": gettext_lazy("Work on the file"),
    "shown on request": gettext_lazy("Shown on request"),
    "possible duplicate": gettext_lazy("Check whether somebody is registered twice"),
    "same person in a registration": gettext_lazy("Recognised while registering a household"),
    "receipt": gettext_lazy("Receipt for the household"),
    "extract for the household": gettext_lazy("Extract for the household"),
}


@dataclass(frozen=True)
class Reading:
    """One time somebody read something of the file."""

    at: Any
    reader: str
    what: str
    why: str


def readings_of(household: Household) -> tuple[list[Reading], int]:
    """Return the latest readings of a household's file, of its members' cards and papers, and how many there are."""
    entries = _entries(household)
    return [_reading(entry) for entry in entries.select_related("reader")[:LIMIT]], entries.count()


def _entries(household: Household) -> QuerySet[DisclosureEntry]:
    people = household.memberships.values("individual")
    papers = Document.objects.filter(subject_type=Household._meta.label_lower, subject_id=household.pk).values("pk")
    return DisclosureEntry.objects.filter(
        Q(subject_type=Household._meta.label_lower, subject_id=household.pk)
        | Q(subject_type=Individual._meta.label_lower, subject_id__in=people)
        | Q(subject_type=Document._meta.label_lower, subject_id__in=papers)
        | Q(
            subject_type=Registration._meta.label_lower,
            subject_id__in=Registration.objects.filter(household=household).values("pk"),
        )
    ).order_by("-id")


def _reading(entry: DisclosureEntry) -> Reading:
    is_paper = entry.subject_type == Document._meta.label_lower
    fields = [_("A document")] if is_paper else [str(_FIELDS.get(name, name)) for name in entry.fields]
    return Reading(
        at=entry.at,
        reader=str(entry.reader) if entry.reader else _("The portal itself"),
        what=_(", ").join(fields) or entry.get_channel_display(),
        why=str(_PURPOSES.get(entry.purpose, entry.purpose)) or entry.get_channel_display(),
    )
