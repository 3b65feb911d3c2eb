"""Money: cycles, what each household is due, and the transfers that pay it."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ministry.guards import AppendOnly, NoTruncate, keep_history
from programs.control import guards as control_guards
from programs.funding import guards as fund_guards
from programs.payments import guards
from programs.querysets import EntitlementQuerySet, PaymentCycleQuerySet, PaymentQuerySet

MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 3}


class PaymentCycle(models.Model):
    """One month's payments of one programme, from the list to the last confirmed transfer.

    Statuses: draft (lines not yet computed, or sent back), prepared (lines stand, may still be recomputed), in review
    (waits for a second person), approved (nothing about the money changes any more), released (a third person let it
    go to the agent), reconciling (the agent's reports are coming in), closed (every line is settled), cancelled
    (given up before approval; its lines are gone).
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PREPARED = "prepared", _("Prepared")
        IN_REVIEW = "in_review", _("In review")
        APPROVED = "approved", _("Approved")
        RELEASED = "released", _("Released")
        RECONCILING = "reconciling", _("Reconciling")
        CLOSED = "closed", _("Closed")
        CANCELLED = "cancelled", _("Cancelled")

    # From approval on the money stands; from release on it moves.
    APPROVED_AND_LATER = (Status.APPROVED, Status.RELEASED, Status.RECONCILING, Status.CLOSED)
    RELEASED_AND_LATER = (Status.RELEASED, Status.RECONCILING, Status.CLOSED)

    program = models.ForeignKey(
        "programs.Program", models.PROTECT, related_name="payment_cycles", verbose_name=_("programme")
    )
    # The version in force on the first day of the period: its amounts are paid.
    version = models.ForeignKey(
        "programs.ProgramVersion", models.PROTECT, related_name="payment_cycles", verbose_name=_("version")
    )
    # The first day of the month paid for.
    period = models.DateField(_("month"))
    agent = models.ForeignKey(
        "programs.PaymentAgent", models.PROTECT, related_name="cycles", verbose_name=_("paying agent")
    )
    currency = models.CharField(_("currency"), max_length=3)
    # What it is paid from. Chosen before the lines are handed over for review; approval commits their sum.
    budget_line = models.ForeignKey(
        "programs.BudgetLine",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cycles",
        verbose_name=_("budget line"),
    )
    # When people can collect, as announced to the public.
    pays_from = models.DateField(_("paid from"), null=True, blank=True)
    pays_to = models.DateField(_("paid until"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    job = models.ForeignKey("ministry.Job", models.SET_NULL, null=True, blank=True, related_name="+")
    # Counts and sums of the lines as they stood when prepared.
    households = models.IntegerField(_("households"), default=0)
    lines = models.IntegerField(_("payments"), default=0)
    total = models.DecimalField(_("total"), max_digits=18, decimal_places=3, default=Decimal(0))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    prepared_at = models.DateTimeField(_("prepared at"), null=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(_("approved at"), null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(_("released at"), null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(_("closed at"), null=True)
    # Why it was sent back or cancelled, in the words of who did it.
    note = models.TextField(_("note"), blank=True)

    objects = PaymentCycleQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment cycle")
        verbose_name_plural = _("payment cycles")
        ordering = ["-period", "-id"]
        permissions = [
            ("approve_paymentcycle", "Can approve payment cycles"),
            ("release_paymentcycle", "Can release payment cycles"),
            ("reconcile_paymentcycle", "Can reconcile payments"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "period"],
                condition=~Q(status="cancelled"),
                name="payment_cycle_once_per_program_and_month",
            ),
            models.CheckConstraint(name="payment_cycle_period_is_a_month", condition=Q(period__day=1)),
            models.CheckConstraint(
                name="payment_cycle_pays_in_order",
                condition=Q(pays_from__isnull=True) | Q(pays_to__isnull=True) | Q(pays_to__gte=F("pays_from")),
            ),
            models.CheckConstraint(
                name="payment_cycle_prepared_by_somebody",
                condition=Q(status__in=["draft", "cancelled"])
                | Q(prepared_by__isnull=False, prepared_at__isnull=False),
            ),
            models.CheckConstraint(
                name="payment_cycle_approved_by_a_second_person",
                condition=~Q(status__in=["approved", "released", "reconciling", "closed"])
                | Q(approved_by__isnull=False, approved_at__isnull=False, submitted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="payment_cycle_released_by_a_third_person",
                condition=~Q(status__in=["released", "reconciling", "closed"])
                | Q(released_by__isnull=False, released_at__isnull=False),
            ),
            models.CheckConstraint(
                name="payment_cycle_three_different_people",
                condition=(Q(approved_by__isnull=True) | ~Q(approved_by=F("prepared_by")))
                & (Q(approved_by__isnull=True) | ~Q(approved_by=F("submitted_by")))
                & (Q(released_by__isnull=True) | ~Q(released_by=F("prepared_by")))
                & (Q(released_by__isnull=True) | ~Q(released_by=F("submitted_by")))
                & (Q(released_by__isnull=True) | ~Q(released_by=F("approved_by"))),
            ),
        ]
        triggers = [
            *keep_history(),
            *guards.PAYMENT_CYCLE,
            *control_guards.PAYMENT_CYCLE,
            *fund_guards.PAYMENT_CYCLE,
        ]

    def __str__(self) -> str:
        return f"{self.program} · {self.period:%Y-%m}"

    def get_absolute_url(self) -> str:
        return reverse("programs:cycle_detail", args=[self.pk])

    @property
    def period_end(self) -> dt.date:
        """The last day of the month paid for."""
        return (self.period + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)

    @property
    def is_approved(self) -> bool:
        return self.status in self.APPROVED_AND_LATER

    @property
    def is_released(self) -> bool:
        return self.status in self.RELEASED_AND_LATER


class Entitlement(models.Model):
    """What one household is due from one programme for one month, and how that was worked out.

    Written once by the preparation and never changed: `amount` is base plus components, rounded once, less days that
    are not paid, what is withheld and what is recovered, plus what is paid back (each with lines of its own);
    `snapshot` is the JSON text of everything the sum rests on (members, ages, components, version) and `sha256` its
    hash. A later move, birth or correction in the registry does not touch it.

    References are checked for all rows of an insert at once, by trigger, instead of row by row by foreign keys (four
    seconds per million lines and key); what is referred to cannot be deleted.
    """

    cycle = models.ForeignKey(
        PaymentCycle, models.PROTECT, related_name="entitlements", db_constraint=False, db_index=False
    )
    program = models.ForeignKey(
        "programs.Program", models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    household = models.ForeignKey(
        "beneficiaries.Household", models.PROTECT, related_name="entitlements", db_constraint=False, db_index=False
    )
    period = models.DateField(_("month"))
    enrolment = models.ForeignKey(
        "programs.Enrolment", models.PROTECT, related_name="entitlements", db_constraint=False, db_index=False
    )
    # Where the household lived, and who answered for it, when the list was made.
    area = models.ForeignKey("ministry.Area", models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    payee = models.ForeignKey(
        "beneficiaries.Individual", models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    base_amount = models.DecimalField(_("base"), **MONEY)
    components_amount = models.DecimalField(_("components"), **MONEY)
    # Members to whom a component applies, and how many of them were counted.
    members_qualifying = models.PositiveSmallIntegerField(_("members who qualify"))
    members_counted = models.PositiveSmallIntegerField(_("members counted"))
    # What steps of conditions withhold this month, and what earlier ones withheld and is paid back.
    withheld_amount = models.DecimalField(_("withheld"), **MONEY, default=Decimal(0), db_default=Decimal(0))
    back_pay_amount = models.DecimalField(_("paid back"), **MONEY, default=Decimal(0), db_default=Decimal(0))
    # Days of the month that were not paid, and what overpayments take back; both with lines of their own.
    pro_rata_amount = models.DecimalField(_("days not paid"), **MONEY, default=Decimal(0), db_default=Decimal(0))
    recovered_amount = models.DecimalField(_("recovered"), **MONEY, default=Decimal(0), db_default=Decimal(0))
    amount = models.DecimalField(_("amount"), **MONEY)
    snapshot = models.TextField(_("worked out from"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)

    objects = EntitlementQuerySet.as_manager()

    class Meta:
        verbose_name = _("entitlement")
        verbose_name_plural = _("entitlements")
        ordering = ["id"]
        constraints = [
            # Household first: the same index finds what a household was ever due.
            models.UniqueConstraint(fields=["household", "period", "program"], name="entitlement_once"),
            models.CheckConstraint(
                name="entitlement_amounts_add_up",
                condition=Q(
                    base_amount__gte=0,
                    components_amount__gte=0,
                    amount__gte=0,
                    withheld_amount__gte=0,
                    back_pay_amount__gte=0,
                    pro_rata_amount__gte=0,
                    recovered_amount__gte=0,
                    members_counted__lte=F("members_qualifying"),
                ),
            ),
        ]
        indexes = [models.Index(fields=["cycle", "id"], name="entitlement_cycle")]
        triggers = guards.ENTITLEMENT

    def __str__(self) -> str:
        return f"{self.cycle_id} · #{self.household_id}"

    def get_absolute_url(self) -> str:
        return reverse("programs:entitlement_detail", args=[self.pk])


class Payment(models.Model):
    """One transfer of one entitlement to the payee. What was not delivered may be tried again as a further attempt.

    Statuses: held (not sent until the reason is settled), ready (goes into the next file), sent (in a file for the
    agent), paid, returned (not collected, or sent back), failed (the agent could not pay), cancelled (a person decided
    that it is not paid).
    """

    class Status(models.TextChoices):
        HELD = "held", _("On hold")
        READY = "ready", _("Ready")
        SENT = "sent", _("Sent to the agent")
        PAID = "paid", _("Paid")
        RETURNED = "returned", _("Returned")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class HoldReason(models.TextChoices):
        NONE = "", _("Not on hold")
        DUPLICATE = "duplicate", _("Possible duplicate of a person in another enrolled household")
        DUPLICATE_INSIDE = "duplicate_inside", _("A member may be entered twice in this household")
        NO_PAYEE = "no_payee", _("No living head of household to pay to")
        DEATH = "death", _("The payee is reported dead")
        COMPLAINT = "complaint", _("A complaint about it is open")
        ACCOUNT = "account", _("The account or wallet is not valid")

    # What a person may put a payment on hold for; the others are found by the register.
    HELD_BY_PEOPLE = (HoldReason.COMPLAINT, HoldReason.DEATH, HoldReason.ACCOUNT)

    LIVE = (Status.HELD, Status.READY, Status.SENT, Status.PAID)

    entitlement = models.ForeignKey(
        Entitlement, models.PROTECT, related_name="payments", db_constraint=False, db_index=False
    )
    cycle = models.ForeignKey(
        PaymentCycle, models.PROTECT, related_name="payments", db_constraint=False, db_index=False
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    amount = models.DecimalField(_("amount"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3)
    payee = models.ForeignKey(
        "beneficiaries.Individual", models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    # Our name for the transfer, in the agent's file and report: stable, at most 35 characters (ISO 20022).
    payment_ref = models.CharField(_("payment number"), max_length=35, unique=True)
    status = models.CharField(_("status"), max_length=10, choices=Status)
    hold_reason = models.CharField(_("reason of the hold"), max_length=20, choices=HoldReason, blank=True)
    # Who put it on hold, and why in their words; empty where the register did.
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    hold_note = models.CharField(_("note on the hold"), max_length=300, blank=True, default="", db_default="")
    status_at = models.DateTimeField(_("since"))
    # Number of the list (file) it went out with.
    batch = models.PositiveSmallIntegerField(_("list"), null=True, blank=True)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    # The agent's own reference.
    agent_ref = models.CharField(_("agent's reference"), max_length=60, blank=True)
    # A person's decision that a returned, failed or cancelled payment ends here.
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement"],
                condition=Q(status__in=["held", "ready", "sent", "paid"]),
                name="payment_one_live_per_entitlement",
            ),
            models.UniqueConstraint(fields=["entitlement", "attempt"], name="payment_attempt_once"),
            models.CheckConstraint(name="payment_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="payment_held_for_a_reason", condition=~Q(status="held", hold_reason="")),
            models.CheckConstraint(
                name="payment_held_by_somebody_says_why",
                condition=(Q(held_by__isnull=True) | ~Q(hold_note=""))
                & (~Q(status="held", hold_reason__in=["complaint", "account"]) | Q(held_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="payment_goes_to_somebody",
                condition=Q(status__in=["held", "cancelled"]) | Q(payee__isnull=False),
            ),
            models.CheckConstraint(
                name="payment_sent_in_a_list",
                condition=Q(status__in=["held", "ready", "cancelled"]) | Q(batch__isnull=False),
            ),
            models.CheckConstraint(
                name="payment_settled_by_somebody_for_a_reason",
                condition=Q(settled_by__isnull=True, settled_at__isnull=True, settled_reason="")
                | (Q(settled_by__isnull=False, settled_at__isnull=False) & ~Q(settled_reason="")),
            ),
            models.CheckConstraint(
                name="payment_cancelled_by_somebody", condition=~Q(status="cancelled") | Q(settled_by__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["cycle", "id"], name="payment_cycle"),
            # What needs a person or a file; the many that are sent or paid stay out of it.
            models.Index(
                fields=["cycle", "status", "id"],
                condition=Q(status__in=["held", "returned", "failed"]),
                name="payment_needs_attention",
            ),
        ]
        triggers = [*guards.PAYMENT, *fund_guards.PAYMENT]

    def __str__(self) -> str:
        return self.payment_ref

    @property
    def is_live(self) -> bool:
        """Whether the money is on its way or has arrived."""
        return self.status in self.LIVE


class PaymentFile(models.Model):
    """A list handed to the agent: which lines (by list number), how many, how much, and the bytes with their hash."""

    class Format(models.TextChoices):
        XLSX = "xlsx", _("Excel workbook")
        CSV = "csv", _("CSV for spreadsheets")
        CSV_PLAIN = "csv_plain", _("CSV for programs (no byte-order mark)")
        PAIN001 = "pain001", _("The banks' format, ISO 20022 pain.001")

    cycle = models.ForeignKey(PaymentCycle, models.PROTECT, related_name="files")
    batch = models.PositiveSmallIntegerField(_("list"))
    format = models.CharField(_("format"), max_length=10, choices=Format)
    document = models.OneToOneField("ministry.Document", models.PROTECT, related_name="+")
    lines = models.IntegerField(_("payments"))
    control_total = models.DecimalField(_("control total"), max_digits=18, decimal_places=3)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = _("payment file")
        verbose_name_plural = _("payment files")
        ordering = ["cycle", "batch", "id"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "batch", "format"], name="payment_file_once_per_list_and_format"),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.cycle_id}/{self.batch} {self.format}"
