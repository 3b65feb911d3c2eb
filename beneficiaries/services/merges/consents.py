"""What becomes of consents when a household leaves the register because its people are people of another one."""

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from beneficiaries.models import Consent, Merge, MergeStep
from beneficiaries.services.merges.lineage import Lineage
from ministry.models import User

SHARING = Consent.Purpose.SHARING


def carry_consents(merge: Merge, lineage: Lineage, actor: User) -> None:
    """Let the later word of the same people count, and, of one household, what the other file was never asked.

    A person who took back under one card that their data are passed on has taken it back: a consent to it that the
    other file holds since before ends. What only the closed file agreed to comes along where both files are one
    household; other people's word is not theirs. That data are kept in the register is touched by neither.

    Source: Law 151 of 2020 on the protection of personal data, arts. 2 and 3 (illustrative).
    """
    rows = Consent.objects.select_for_update().filter(
        household__in=[merge.kept_household_id, merge.closed_household_id], purpose=SHARING
    )
    kept = [row for row in rows if row.household_id == merge.kept_household_id]
    closed = [row for row in rows if row.household_id == merge.closed_household_id]
    in_force = next((row for row in kept if row.is_in_force), None)
    left = next((row for row in closed if row.is_in_force), None)
    if in_force and left is None and in_force.basis == Consent.Basis.CONSENT:
        _end_what_was_taken_back(in_force, closed, lineage, actor)
    elif left and not kept and merge.whole_id:
        lineage.change(left, MergeStep.What.MOVED, household_id=merge.kept_household_id)


def _end_what_was_taken_back(in_force: Consent, closed: list[Consent], lineage: Lineage, actor: User) -> None:
    taken_back = [row for row in closed if row.withdrawn_on and row.withdrawn_on >= in_force.given_on]
    if not taken_back:
        return
    last = max(taken_back, key=lambda row: (row.withdrawn_on, row.pk))
    with translation.override(settings.LANGUAGE_CODE):
        note = _("Taken back on {day} under file {reference}, which is the same household.").format(
            day=f"{last.withdrawn_on:%d/%m/%Y}", reference=last.household.household_ref
        )
    lineage.change(
        in_force,
        MergeStep.What.CLOSED,
        withdrawn_on=timezone.localdate(),
        withdrawn_by=last.withdrawn_by,
        withdrawal_note=note,
        withdrawal_recorded_by_id=actor.pk,
    )


def why_consent_cannot_return(row: Consent) -> str:
    """Return why an ended consent cannot be in force again: the household has been asked since; else nothing."""
    if not Consent.objects.in_force(row.purpose).filter(household=row.household_id).exclude(pk=row.pk).exists():
        return ""
    return _("Household {household} has agreed anew since ({purpose}). Take that back first.").format(
        household=row.household.household_ref, purpose=row.get_purpose_display()
    )
