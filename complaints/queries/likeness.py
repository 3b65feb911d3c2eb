"""Cases that may be about the same: alike in words, from the same number, about the same household or payment.

Words are compared as trigrams of the folded story, so that spelling («البطاقه», «البطاقة») does not matter.
"""

import datetime as dt
from dataclasses import dataclass

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from complaints.models import Complaint
from complaints.querysets import ComplaintQuerySet
from ministry.models import User

WITHIN = dt.timedelta(days=365)
SHOWN = 8
# Words less alike than this say nothing by themselves.
LEAST_ALIKE = 0.35
# What speaks for one matter, besides the share of common trigrams (0 to 1).
_SAME_PAYMENT, _SAME_HOUSEHOLD, _SAME_NUMBER, _SAME_PLACE, _SAME_CATEGORY = 0.6, 0.4, 0.3, 0.1, 0.1


@dataclass(frozen=True)
class Alike:
    """A case that may be about the same, how strongly, and why."""

    complaint: Complaint
    strength: float
    reasons: list[str | Promise]


def alike(complaint: Complaint, reader: User) -> list[Alike]:
    """Return cases of the last year that may be about the same matter, the likeliest first. Three statements.

    SECURITY: only cases the reader may see; the number of a confidential case links it to nothing.
    """
    visible = (
        Complaint.objects.visible_to(reader)
        .filter(received_at__gt=complaint.received_at - WITHIN, received_at__lt=complaint.received_at + WITHIN)
        .exclude(pk=complaint.pk)
    )
    numbers = _of_same_number(complaint, visible)
    found: dict[int, Complaint] = {
        one.pk: one
        for one in [
            *_alike_in_words(complaint, visible),
            *_about_the_same(complaint, visible, numbers),
        ]
    }
    ranked = sorted((_weigh(complaint, one, numbers) for one in found.values()), key=lambda one: -one.strength)
    return ranked[:SHOWN]


def _alike_in_words(complaint: Complaint, visible: ComplaintQuerySet) -> ComplaintQuerySet:
    governorate = "/".join(complaint.area.path.split("/")[:2])
    return (
        visible.filter(area__path__startswith=governorate, story_key__trigram_similar=complaint.story_key)
        .annotate(likeness=TrigramSimilarity("story_key", complaint.story_key))
        .filter(likeness__gt=LEAST_ALIKE)
        .order_by("-likeness", "-pk")
        .for_list()[: SHOWN * 2]
    )


def _of_same_number(complaint: Complaint, visible: ComplaintQuerySet) -> set[int]:
    if complaint.privacy != Complaint.Privacy.NAMED:
        return set()
    marks = [party.phone_mark for party in complaint.parties.all() if party.phone_mark]
    same = visible.filter(parties__phone_mark__in=marks, privacy=Complaint.Privacy.NAMED)
    return set(same.order_by("-pk").values_list("pk", flat=True)[: SHOWN * 2]) if marks else set()


def _about_the_same(complaint: Complaint, visible: ComplaintQuerySet, numbers: set[int]) -> ComplaintQuerySet:
    condition = Q(pk__in=numbers)
    if complaint.household_id:
        condition |= Q(household=complaint.household_id)
    if complaint.payment_id:
        condition |= Q(payment=complaint.payment_id)
    return (
        visible.filter(condition)
        .annotate(likeness=TrigramSimilarity("story_key", complaint.story_key))
        .order_by("-pk")
        .for_list()[: SHOWN * 2]
    )


def _weigh(complaint: Complaint, other: Complaint, numbers: set[int]) -> Alike:
    likeness: float = other.likeness  # type: ignore[attr-defined]  # annotated above
    strength, reasons = likeness, []
    said = (
        (likeness > LEAST_ALIKE, 0.0, gettext_lazy("similar words")),
        (
            complaint.payment_id is not None and other.payment_id == complaint.payment_id,
            _SAME_PAYMENT,
            gettext_lazy("same payment"),
        ),
        (
            complaint.household_id is not None and other.household_id == complaint.household_id,
            _SAME_HOUSEHOLD,
            gettext_lazy("same household"),
        ),
        (other.pk in numbers, _SAME_NUMBER, gettext_lazy("same number")),
        (other.area_id == complaint.area_id, _SAME_PLACE, gettext_lazy("same place")),
        (other.category_id == complaint.category_id, _SAME_CATEGORY, gettext_lazy("same subject")),
    )
    for holds, weight, words in said:
        if holds:
            strength += weight
            reasons.append(words)
    return Alike(other, strength, list(reasons))
