"""The verbs of verification: draw a sample of an approved cycle, and enter what was found at a household."""

import datetime as dt
import secrets
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ministry import audit, formats
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import Area, User
from programs.control.drawing import draw, lines_by_governorate
from programs.models import PaymentCycle, VerificationSample, VerificationVisit
from programs.payments.preparation import minor_units

DRAW = "programs.add_verificationsample"
ENTER = "programs.change_verificationvisit"
# More is no sample any more, but a census that nobody carries out.
SIZE_MAX = 5_000

Result = VerificationVisit.Result


@transaction.atomic
def draw_sample(*, cycle: PaymentCycle, size: int, actor: User, seed: int | None = None) -> VerificationSample:
    """Draw a random sample of a cycle's lines, over all governorates, from a seed that is kept.

    `seed` is for tests and for drawing again; otherwise chance gives it.

    Raises:
        PermissionDenied: the actor may not draw for the whole country.
        TransitionNotAllowed: the cycle is not approved yet; its lines may still change.
        RuleViolation: the actor prepared the cycle, or the size is not between one and its lines.
    """
    if not actor.has_perm(DRAW, Area.objects.root()):
        raise PermissionDenied
    cycle = PaymentCycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)
    if not cycle.is_approved:
        raise TransitionNotAllowed(_("A sample is drawn once the cycle is approved: until then its lines may change."))
    if actor.pk in {cycle.prepared_by_id, cycle.submitted_by_id}:
        raise RuleViolation(_("Whoever prepared the payments does not draw the sample that checks them."))
    lines = lines_by_governorate(cycle)
    population = sum(lines.values())
    if not 1 <= size <= min(population, SIZE_MAX):
        raise RuleViolation(
            ngettext(
                "Give a size between 1 and {most}: the cycle pays {count} household.",
                "Give a size between 1 and {most}: the cycle pays {count} households.",
                population,
            ).format(most=formats.number(min(population, SIZE_MAX)), count=formats.number(population))
        )
    seed = secrets.randbelow(2**53) if seed is None else seed
    drawn = draw(cycle, seed=seed, size=size)
    sample = VerificationSample.objects.create(
        cycle=cycle, seed=seed, size=len(drawn), population=population, drawn_by=actor
    )
    VerificationVisit.objects.bulk_create(
        VerificationVisit(
            sample=sample,
            position=position,
            entitlement_id=line,
            governorate_id=governorate,
            governorate_lines=lines[governorate],
        )
        for position, (line, governorate) in enumerate(drawn, start=1)
    )
    audit.record(
        actor=actor,
        action="verification.drawn",
        target=sample,
        data={"cycle": cycle.pk, "seed": seed, "size": sample.size},
    )
    return sample


@transaction.atomic
def enter_result(
    *,
    visit: VerificationVisit,
    result: str,
    visited_on: dt.date,
    actor: User,
    amount_found: Decimal | None = None,
    note: str = "",
) -> VerificationVisit:
    """Enter what was found at a household, or correct it; the former answer stays in the history.

    Raises:
        PermissionDenied: the actor may not enter results where the household lived.
        RuleViolation: no result, a day in the future or before the approval, an amount that is missing, equal to what
            was due or finer than the currency, or a household not found without a word why.
    """
    visit = (
        VerificationVisit.objects.select_for_update(of=("self",))
        .select_related("entitlement__area", "sample__cycle")
        .get(pk=visit.pk)
    )
    line, cycle = visit.entitlement, visit.sample.cycle
    if not actor.has_perm(ENTER, line.area):
        raise PermissionDenied
    if result not in Result.values or not result:
        raise RuleViolation(_("Choose what was found."))
    if not timezone.localdate(visit.sample.drawn_at) <= visited_on <= timezone.localdate():
        raise RuleViolation(_("The day must lie between the drawing of the sample and today."))
    if result == Result.OTHER_AMOUNT:
        unit = Decimal(1).scaleb(-minor_units(cycle.currency))
        if amount_found is None or amount_found < 0 or amount_found != amount_found.quantize(unit):
            raise RuleViolation(_("Give the amount received, with no more decimals than the currency has."))
        if amount_found == line.amount:
            raise RuleViolation(_("This is the amount that was due. Choose that it was received."))
    else:
        amount_found = None
    if result == Result.NOT_FOUND and not note.strip():
        raise RuleViolation(_("Say what was tried and why the household was not found."))
    visit.result, visit.amount_found, visit.visited_on, visit.note = result, amount_found, visited_on, note.strip()
    visit.entered_by, visit.entered_at = actor, timezone.now()
    visit.save(update_fields=["result", "amount_found", "visited_on", "note", "entered_by", "entered_at"])
    audit.record(actor=actor, action="verification.entered", target=visit, note=note, data={"result": result})
    return visit
