"""Where the money comes from: sources, what they give a programme for a year, and the ledger."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from ministry.models import Bilingual
from programs.funding import guards
from programs.querysets import BudgetLineQuerySet, FundEntryQuerySet

SUM: dict[str, Any] = {"max_digits": 18, "decimal_places": 3}


class FundingSource(Bilingual):
    """Who gives the money: the state's budget, an association, a private donor."""

    class Kind(models.TextChoices):
        STATE = "state", _("State budget")
        NGO = "ngo", _("Association")
        PRIVATE = "private", _("Private donor")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    legal_basis = models.ForeignKey(
        "ministry.LegalBasis", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("legal basis")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("funding source")
        verbose_name_plural = _("funding sources")
        ordering = ["code"]
        triggers = keep_history()


class BudgetLine(models.Model):
    """What one source gives one programme for one year. Its balance is the sum of its entries, never a column."""

    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="lines", verbose_name=_("funding source"))
    program = models.ForeignKey(
        "programs.Program", models.PROTECT, related_name="budget_lines", verbose_name=_("programme")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    currency = models.CharField(_("currency"), max_length=3)
    is_active = models.BooleanField(_("in use"), default=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened at"), auto_now_add=True)

    # Added by `with_balances`.
    available: Decimal

    objects = BudgetLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        ordering = ["-year", "program", "source"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "program", "year", "currency"], name="budget_line_once_per_source_program_and_year"
            ),
            models.CheckConstraint(name="budget_line_year_is_one", condition=Q(year__gte=2000, year__lte=2200)),
        ]
        triggers = [*keep_history(), *guards.BUDGET_LINE]

    def __str__(self) -> str:
        return f"{self.source} · {self.program} · {self.year}"

    def get_absolute_url(self) -> str:
        return reverse("programs:budget_line", args=[self.pk])


class Allotment(models.Model):
    """Money put on a budget line, or such an entry taken back, as one person proposes it and another decides.

    Statuses: proposed (waits for a second person), confirmed (entered in the ledger), refused (nothing was entered).
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for a second person")
        CONFIRMED = "confirmed", _("Confirmed")
        REFUSED = "refused", _("Refused")

    STATUS_TONES = {Status.PROPOSED: "warn", Status.CONFIRMED: "ok", Status.REFUSED: "bad"}

    budget_line = models.ForeignKey(
        BudgetLine, models.PROTECT, related_name="allotments", verbose_name=_("budget line")
    )
    # Negative where it corrects an entry.
    amount = models.DecimalField(_("amount"), **SUM)
    corrects = models.ForeignKey(
        "programs.FundEntry", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name=_("entry")
    )
    reason = models.CharField(_("reason"), max_length=300)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"), auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("allotment")
        verbose_name_plural = _("allotments")
        ordering = ["-id"]
        permissions = [("confirm_allotment", "Can confirm allotments that others proposed")]
        constraints = [
            models.CheckConstraint(
                name="allotment_amount_or_its_opposite",
                condition=Q(corrects__isnull=True, amount__gt=0) | Q(corrects__isnull=False, amount__lt=0),
            ),
            models.CheckConstraint(name="allotment_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="allotment_decided_by_a_second_person",
                condition=Q(status="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | (
                    ~Q(status="proposed")
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decided_by=F("proposed_by"))
                ),
            ),
            models.CheckConstraint(
                name="allotment_refused_for_a_reason", condition=~Q(status="refused") | ~Q(decision_note="")
            ),
            models.UniqueConstraint(
                fields=["corrects"], condition=~Q(status="refused"), name="allotment_corrects_an_entry_once"
            ),
        ]
        triggers = [*keep_history(), *guards.ALLOTMENT]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return self.budget_line.get_absolute_url()


class FundEntry(models.Model):
    """One entry of the ledger; never changed, corrected by its opposite.

    Kinds: allotment (money put on the line), commitment (a cycle was approved), payment (a list went to the agent),
    return (what the agent could not deliver; negative where a later report says it had arrived), release (what a
    closed cycle did not need). All but allotments are written by the database with the deed itself.
    """

    class Kind(models.TextChoices):
        ALLOTMENT = "allotment", _("Allotment")
        COMMITMENT = "commitment", _("Commitment")
        PAYMENT = "payment", _("Payment to the agent")
        RETURN = "return", _("Return")
        RELEASE = "release", _("Freed at closing")

    budget_line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="entries", verbose_name=_("budget line"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    amount = models.DecimalField(_("amount"), **SUM)
    cycle = models.ForeignKey(
        "programs.PaymentCycle", models.PROTECT, null=True, related_name="fund_entries", verbose_name=_("payment cycle")
    )
    # The list (file) that was paid, or out of which something came back.
    batch = models.PositiveSmallIntegerField(_("list"), null=True)
    allotment = models.OneToOneField(Allotment, models.PROTECT, null=True, related_name="entry")
    corrects = models.OneToOneField("self", models.PROTECT, null=True, related_name="corrected_by")
    # Nobody: a job or the operator of the server.
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField(_("entered at"), default=timezone.now)

    objects = FundEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of the ledger")
        verbose_name_plural = _("entries of the ledger")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="fund_entry_amount_fits_its_kind",
                condition=Q(kind__in=["commitment", "payment", "release"], amount__gt=0, corrects__isnull=True)
                | (Q(kind="return", corrects__isnull=True) & ~Q(amount=Decimal(0)))
                | Q(kind="allotment", corrects__isnull=True, amount__gt=0)
                | Q(kind="allotment", corrects__isnull=False, amount__lt=0),
            ),
            models.CheckConstraint(
                name="fund_entry_says_what_for",
                condition=Q(kind="allotment", allotment__isnull=False, cycle__isnull=True)
                | (~Q(kind="allotment") & Q(allotment__isnull=True, cycle__isnull=False)),
            ),
            models.UniqueConstraint(
                fields=["cycle"], condition=Q(kind="commitment"), name="fund_entry_cycle_committed_once"
            ),
            models.UniqueConstraint(fields=["cycle"], condition=Q(kind="release"), name="fund_entry_cycle_freed_once"),
        ]
        triggers = guards.FUND_ENTRY

    def __str__(self) -> str:
        return f"#{self.pk}"
