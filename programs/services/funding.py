"""The verbs of funds: budget lines, allotments by two people, and what a cycle is paid from.

Commitments, payments and returns have no verb: the database enters them with the deed itself
(`programs.funding.guards`).
"""

import datetime as dt
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ministry import audit, countries, formats
from ministry.certain import certain
from ministry.exceptions import RuleViolation
from ministry.models import Area, User
from programs.models import Allotment, BudgetLine, FundEntry, FundingSource, PaymentCycle, Program
from programs.payments.preparation import minor_units
from programs.workflows import ALLOTMENT, PAYMENT_CYCLE


def _may(actor: User, permission: str) -> None:
    if not actor.has_perm(permission, Area.objects.root()):
        raise PermissionDenied


@transaction.atomic
def open_budget_line(*, source: FundingSource, program: Program, year: int, actor: User) -> BudgetLine:
    """Open a line for what a source gives a programme in a year, in the country's currency; nothing is on it yet.

    Raises:
        PermissionDenied: the actor may not open lines for the whole country.
        RuleViolation: source, programme and year have a line already.
    """
    _may(actor, "programs.add_budgetline")
    try:
        with transaction.atomic():
            line = BudgetLine.objects.create(
                source=source, program=program, year=year, currency=countries.current().currency, opened_by=actor
            )
    except IntegrityError as error:
        if "budget_line_once" not in str(error):
            raise
        raise RuleViolation(
            _("«{source}» already has a budget line for «{program}» in {year}. Open that one.").format(
                source=source.name, program=program.name, year=formats.digits(str(year))
            )
        ) from error
    audit.record(actor=actor, action="budget_line.created", target=line, data={"year": year})
    return line


@transaction.atomic
def propose_allotment(*, line: BudgetLine, amount: Decimal, reason: str, actor: User) -> Allotment:
    """Propose to put money on a line; it counts once a second person has confirmed it.

    Raises:
        PermissionDenied: the actor may not propose allotments for the whole country.
        RuleViolation: the amount is not above zero or has too many decimals, no reason was given, or the same proposal
            waits already (a button pressed twice).
    """
    _may(actor, "programs.add_allotment")
    unit = Decimal(1).scaleb(-minor_units(line.currency))
    if amount <= 0 or amount != amount.quantize(unit):
        raise RuleViolation(_("Give an amount above zero, with no more decimals than the currency has."))
    BudgetLine.objects.select_for_update(no_key=True).get(pk=line.pk)
    if line.allotments.filter(
        status=Allotment.Status.PROPOSED, amount=amount, reason=reason.strip(), proposed_by=actor
    ).exists():
        raise RuleViolation(_("You have proposed exactly this already; it waits for a second person."))
    return _propose(Allotment(budget_line=line, amount=amount), reason, actor)


@transaction.atomic
def propose_correction(*, entry: FundEntry, reason: str, actor: User) -> Allotment:
    """Propose to take an allotment back by its opposite; both entries stay in the ledger.

    Raises:
        PermissionDenied: the actor may not propose allotments for the whole country.
        RuleViolation: it is no allotment, or was corrected already or is about to be; or no reason was given.
    """
    _may(actor, "programs.add_allotment")
    if entry.kind != FundEntry.Kind.ALLOTMENT or entry.corrects_id:
        raise RuleViolation(_("Only an allotment is corrected here. What cycles enter follows from their payments."))
    try:
        with transaction.atomic():
            return _propose(
                Allotment(budget_line_id=entry.budget_line_id, amount=-entry.amount, corrects=entry), reason, actor
            )
    except IntegrityError as error:
        if "allotment_corrects_an_entry_once" not in str(error):
            raise
        raise RuleViolation(_("This entry has been corrected, or its correction waits for a second person.")) from error


def _propose(allotment: Allotment, reason: str, actor: User) -> Allotment:
    if not reason.strip():
        raise RuleViolation(_("Say why, and by which decision. The reason stays with the entry."))
    allotment.reason, allotment.proposed_by = reason.strip(), actor
    allotment.save()
    audit.record(
        actor=actor,
        action="allotment.proposed",
        target=allotment,
        note=reason,
        data={"amount": str(allotment.amount), "budget_line": allotment.budget_line_id},
    )
    return allotment


@transaction.atomic
def confirm_allotment(*, allotment: Allotment, actor: User, note: str = "") -> Allotment:
    """Confirm what another person proposed and enter it in the ledger. Two confirmations at once yield one entry.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: the actor proposed it, or taking it back would leave commitments uncovered.
    """
    allotment, target = _lock(allotment, "confirm", actor)
    line = BudgetLine.objects.select_for_update(no_key=True).get(pk=allotment.budget_line_id)
    available = available_on(line)
    if available + allotment.amount < 0:
        raise RuleViolation(
            _(
                "Approved cycles have taken too much of it: {available} is still free on this line, {amount} would be "
                "taken back."
            ).format(
                available=formats.plain_money(available, line.currency),
                amount=formats.plain_money(-allotment.amount, line.currency),
            )
        )
    _decide(allotment, target, actor, note)
    FundEntry.objects.create(
        budget_line=line,
        kind=FundEntry.Kind.ALLOTMENT,
        amount=allotment.amount,
        allotment=allotment,
        corrects_id=allotment.corrects_id,
        entered_by=actor,
    )
    return allotment


@transaction.atomic
def refuse_allotment(*, allotment: Allotment, actor: User, note: str) -> Allotment:
    """Refuse what another person proposed; nothing is entered.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: the actor proposed it, or gives no reason.
    """
    allotment, target = _lock(allotment, "refuse", actor)
    if not note.strip():
        raise RuleViolation(_("Say why. The reason stays with the proposal."))
    return _decide(allotment, target, actor, note)


def _lock(allotment: Allotment, verb: str, actor: User) -> tuple[Allotment, str]:
    allotment = Allotment.objects.select_for_update().get(pk=allotment.pk)
    target = ALLOTMENT.check(verb, status=allotment.status, actor=actor, area=Area.objects.root()).target
    if actor.pk == allotment.proposed_by_id:
        raise RuleViolation(_("Whoever decides must differ from the person who proposed it."))
    return allotment, target


def _decide(allotment: Allotment, target: str, actor: User, note: str) -> Allotment:
    allotment.status, allotment.decided_by, allotment.decided_at = target, actor, timezone.now()
    allotment.decision_note = note.strip()
    allotment.save(update_fields=["status", "decided_by", "decided_at", "decision_note"])
    audit.record(
        actor=actor,
        action=f"allotment.{target}",
        target=allotment,
        note=note,
        data={"amount": str(allotment.amount), "budget_line": allotment.budget_line_id},
    )
    return allotment


def available_on(line: BudgetLine) -> Decimal:
    """Return what a further cycle can still take from a line."""
    return BudgetLine.objects.with_balances().get(pk=line.pk).available


def only_line_for(program: Program, period: dt.date, currency: str) -> BudgetLine | None:
    """Return the line a month of a programme is paid from where there is no choice; None where there is one, or none.

    A year with several sources is not guessed: somebody says which of them pays.
    """
    lines = list(BudgetLine.objects.filter(program=program, year=period.year, currency=currency, is_active=True)[:2])
    return lines[0] if len(lines) == 1 else None


@transaction.atomic
def fund_payment_cycle(*, cycle: PaymentCycle, line: BudgetLine, actor: User) -> PaymentCycle:
    """Say from which budget line a cycle is paid.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: the line is another programme's, year's or currency's, or no longer in use.
    """
    cycle = PaymentCycle.objects.select_for_update().get(pk=cycle.pk)
    PAYMENT_CYCLE.check("fund", status=cycle.status, actor=actor, area=Area.objects.root())
    if not line.is_active or (line.program_id, line.year, line.currency) != (
        cycle.program_id,
        cycle.period.year,
        cycle.currency,
    ):
        raise RuleViolation(_("Choose a budget line in use, of the cycle's own programme, year and currency."))
    if cycle.budget_line_id == line.pk:
        return cycle
    cycle.budget_line = line
    cycle.save(update_fields=["budget_line"])
    audit.record(actor=actor, action="payment_cycle.funded", target=cycle, data={"budget_line": line.pk})
    return cycle


def refuse_unless_funded(cycle: PaymentCycle) -> None:
    """Refuse a cycle of which nobody has said what it is paid from.

    Raises:
        RuleViolation: it has no budget line.
    """
    if cycle.budget_line_id is None:
        raise RuleViolation(
            _("Nobody has said from which budget line these payments are paid. The preparer chooses it first.")
        )


def refuse_unless_covered(cycle: PaymentCycle) -> None:
    """Refuse a cycle above what its budget line has left, the line locked until commit; the trigger refuses it too.

    Raises:
        RuleViolation: it has no line, or the line has too little.
    """
    refuse_unless_funded(cycle)
    line = BudgetLine.objects.select_for_update(no_key=True).get(pk=certain(cycle.budget_line_id))
    available = available_on(line)
    if cycle.total > available:
        raise RuleViolation(
            _("The budget line has {available} left, the payments are {total}: {missing} is lacking.").format(
                available=formats.plain_money(available, line.currency),
                total=formats.plain_money(cycle.total, line.currency),
                missing=formats.plain_money(cycle.total - available, line.currency),
            )
        )
