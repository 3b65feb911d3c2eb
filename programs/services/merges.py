"""What becomes of a household's programmes when two cards of one person become one and nobody is left in it."""

from collections.abc import Iterable
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from beneficiaries.models import Merge, MergeStep
from beneficiaries.slots import Change
from ministry.certain import certain
from programs.admission.reasons import REGISTERED_TWICE, shipped
from programs.models import Enrolment, Entitlement, EntitlementLine, Overpayment, Program
from programs.signals import enrolment_changed

LIVE = (Enrolment.Status.ENROLLED, Enrolment.Status.SUSPENDED)
# Debts of which something may still be taken back.
RUNNING = (Overpayment.Status.PROPOSED, Overpayment.Status.CONFIRMED)


def carry_enrolments(merge: Merge, change: Change) -> None:
    """Let the enrolments of the household that was left follow the person; end those the other household has too.

    What was paid, and the month it was paid for, stays with the household it was paid to.
    """
    rows = list(
        Enrolment.objects.select_for_update()
        .filter(household__in=[merge.kept_household_id, merge.closed_household_id], status__in=LIVE)
        .order_by("pk")
    )
    has_already = {row.program_id for row in rows if row.household_id == merge.kept_household_id}
    for row in rows:
        if row.household_id != merge.closed_household_id:
            continue
        if row.program_id not in has_already:
            change(row, MergeStep.What.MOVED, household_id=merge.kept_household_id)
            continue
        with translation.override(settings.LANGUAGE_CODE):
            reason = _("The household was registered twice: see file {household}.").format(
                household=certain(merge.kept_household).household_ref
            )
        change(
            row,
            MergeStep.What.CLOSED,
            status=Enrolment.Status.EXITED,
            status_reason=reason,
            reason_id=shipped(REGISTERED_TWICE).pk,
            ended_on=max(timezone.localdate(), row.enrolled_on),
        )
        transaction.on_commit(
            partial(enrolment_changed.send_robust, Enrolment, enrolment_id=row.pk, verb="exit"),
        )


def carry_debts(merge: Merge, change: Change) -> None:
    """Let what a household owes follow its people, so that it is taken back from what they are due from now on."""
    debts = Overpayment.objects.select_for_update().filter(household=merge.closed_household_id, status__in=RUNNING)
    for debt in debts.order_by("pk"):
        change(debt, MergeStep.What.MOVED, household_id=merge.kept_household_id)


def obstacles_to_returning_debts(merge: Merge) -> Iterable[str]:
    """Return why a debt cannot go back to the household it came from: the other one has paid a part of it since."""
    moved = merge.steps.filter(record_type=Overpayment._meta.label_lower).values_list("record_id", flat=True)
    paid = EntitlementLine.objects.filter(
        overpayment__in=list(moved), entitlement__household=merge.kept_household_id
    ).select_related("overpayment__program")
    for program in {certain(line.overpayment).program for line in paid}:
        yield _(
            "Household {household} has paid back a part of a debt to {program} since, which came with the merge. It"
            " cannot be told any more whose money that was."
        ).format(household=certain(merge.kept_household).household_ref, program=program.name)


def obstacles_to_parting(merge: Merge) -> Iterable[str]:
    """Return why enrolments that moved with a person cannot move back: something was worked out on them since."""
    moved = [
        step.record_id
        for step in merge.steps.filter(record_type=Enrolment._meta.label_lower, what=MergeStep.What.MOVED)
    ]
    lines = Entitlement.objects.filter(enrolment__in=moved, household=merge.kept_household_id)
    for program in Program.objects.filter(pk__in=lines.values("program")):
        yield _(
            "Payments of {program} have been worked out for household {household} since, on an enrolment that came"
            " with the merge. Settle it in the programme first."
        ).format(program=program.name, household=certain(merge.kept_household).household_ref)
