from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ministry.guards import AppendOnly, keep_history
from ministry.models import Area
from programs.admission.guards import entries_while_drawn, lists_stand_once_decided
from programs.models.eligibility import EligibilityRun
from programs.models.enrolment import Enrolment
from programs.models.places import AreaQuota, PlacePlan
from programs.models.program import Program, ProgramVersion
from programs.querysets import AdmissionListEntryQuerySet, ApplicationQuerySet


class AdmissionList(models.Model):
    """Applicants of a programme in order, with whom the places and the money reach: what one person drew up.

    Statuses: drawn (a preview; a second person decides), confirmed (those within were admitted, the others wait in
    this order), withdrawn.
    """

    class Status(models.TextChoices):
        DRAWN = "drawn", _("Waiting for a second person")
        CONFIRMED = "confirmed", _("Confirmed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    STATUS_TONES = {"drawn": "warn", "confirmed": "ok"}

    program = models.ForeignKey(Program, models.PROTECT, related_name="admission_lists", verbose_name=_("programme"))
    version = models.ForeignKey(ProgramVersion, models.PROTECT, related_name="+")
    # The check whose decisions and scores it rests on, and the places it was drawn for (none: no limit).
    run = models.ForeignKey(EligibilityRun, models.PROTECT, related_name="+")
    plan = models.ForeignKey(PlacePlan, models.PROTECT, null=True, related_name="+")
    on_date = models.DateField(_("drawn on"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAWN)
    # What those in the programme cost a month when it was drawn, and what those on the list would add.
    committed = models.DecimalField(_("committed a month"), max_digits=15, decimal_places=3)
    added = models.DecimalField(_("added a month"), max_digits=15, decimal_places=3, default=0)
    within = models.PositiveIntegerField(_("within the places"), default=0)
    waiting = models.PositiveIntegerField(_("waiting"), default=0)
    # Verified applicants the check did not find eligible, or in whose household nobody can be paid.
    unranked = models.PositiveIntegerField(_("not ranked"), default=0)
    # After confirming: who could not be admitted any more.
    left_over = models.PositiveIntegerField(_("could not be admitted"), default=0)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(_("drawn at"), auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        verbose_name = _("list of admissions")
        verbose_name_plural = _("lists of admissions")
        ordering = ["-id"]
        default_permissions = ("view", "add")
        permissions = [("confirm_admissionlist", "Can confirm ranked lists that others drew")]
        constraints = [
            models.UniqueConstraint(
                fields=["program"], condition=Q(status="drawn"), name="admission_list_one_waits_per_program"
            ),
            models.CheckConstraint(
                name="admission_list_confirmed_by_a_second_person",
                condition=~Q(status="confirmed")
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("prepared_by"))),
            ),
        ]
        triggers = [*keep_history(), lists_stand_once_decided()]

    def __str__(self) -> str:
        return f"{self.program_id} · {self.on_date}"

    def get_absolute_url(self) -> str:
        return reverse("programs:admission_list", args=[self.program.code, self.pk])


class Application(models.Model):
    """A household that asks for a programme, or was found eligible for it, until it is admitted or not.

    Statuses: applied, verified (a person has looked), waiting (ranked; no place or no money yet), offered (a place is
    free; the household is asked), admitted, refused (with a reason), withdrawn (with a reason).
    """

    class Status(models.TextChoices):
        APPLIED = "applied", _("Applied")
        VERIFIED = "verified", _("Verified")
        WAITING = "waiting", _("On the waiting list")
        OFFERED = "offered", _("A place is offered")
        ADMITTED = "admitted", _("Admitted")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Source(models.TextChoices):
        CHECK = "check", _("Eligibility check")
        CASEWORKER = "caseworker", _("Social unit")
        PARTNER = "partner", _("Partner")

    class Proof(models.TextChoices):
        VISIT = "visit", _("Home visit")
        PAPERS = "papers", _("Papers")
        REGISTER = "register", _("Household file verified in the register")

    STATUS_TONES = {
        "applied": "info", "verified": "info", "waiting": "warn", "offered": "warn", "admitted": "ok", "refused": "bad",
    }  # fmt: skip
    OPEN = ("applied", "verified", "waiting", "offered")

    program = models.ForeignKey(Program, models.PROTECT, related_name="applications", verbose_name=_("programme"))
    household = models.ForeignKey(
        "beneficiaries.Household", models.PROTECT, related_name="program_applications", verbose_name=_("household")
    )
    source = models.CharField(_("came from"), max_length=10, choices=Source)
    partner_name = models.CharField(_("partner"), max_length=200, blank=True)
    # The check that found the household, where it came from one.
    run = models.ForeignKey(EligibilityRun, models.PROTECT, null=True, related_name="+")
    # Waiting counts from this day.
    applied_on = models.DateField(_("applied on"))
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.APPLIED)
    proof = models.CharField(_("verified by"), max_length=10, choices=Proof, blank=True)
    verified_on = models.DateField(_("verified on"), null=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # The latest confirmed list, and the place on it.
    list = models.ForeignKey(AdmissionList, models.PROTECT, null=True, related_name="applications")
    rank = models.PositiveIntegerField(_("rank"), null=True)
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answer_by = models.DateField(_("to be answered by"), null=True)
    enrolment = models.OneToOneField(Enrolment, models.PROTECT, null=True, related_name="application")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["-id"]
        default_permissions = ("view", "add")
        permissions = [
            ("verify_application", "Can verify applications"),
            ("offer_application", "Can offer free places"),
            ("admit_application", "Can admit households to whom others offered a place"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "household"],
                condition=Q(status__in=["applied", "verified", "waiting", "offered"]),
                name="application_one_is_open",
            ),
            models.CheckConstraint(
                name="application_verified_by_somebody",
                condition=Q(status__in=["applied", "refused", "withdrawn"])
                | (Q(verified_by__isnull=False, verified_on__isnull=False) & ~Q(proof="")),
            ),
            models.CheckConstraint(
                name="application_waits_in_order",
                condition=~Q(status__in=["waiting", "offered"]) | Q(list__isnull=False, rank__isnull=False),
            ),
            models.CheckConstraint(
                name="application_offered_by_somebody",
                condition=~Q(status="offered") | Q(offered_by__isnull=False, answer_by__isnull=False),
            ),
            models.CheckConstraint(
                name="application_admitted_by_two",
                condition=~Q(status="admitted")
                | (
                    Q(enrolment__isnull=False, decided_by__isnull=False, list__isnull=False)
                    & (Q(offered_by__isnull=True) | ~Q(decided_by=F("offered_by")))
                ),
            ),
            models.CheckConstraint(
                name="application_ends_for_a_reason",
                condition=~Q(status__in=["refused", "withdrawn"]) | (Q(decided_by__isnull=False) & ~Q(note="")),
            ),
            models.CheckConstraint(
                name="application_names_its_partner", condition=~Q(source="partner") | ~Q(partner_name="")
            ),
        ]
        indexes = [
            models.Index(fields=["program", "status", "rank"], name="application_waiting"),
            models.Index(fields=["program", "status", "-id"], name="application_program_status"),
        ]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"{self.program_id} · #{self.household_id}"

    @property
    def area(self) -> Area:
        """Where the household lives; decides who may do something with the application."""
        return self.household.area


class AdmissionListEntry(models.Model):
    """One applicant on a list: what the order rests on, and on which side of the line the household came to lie."""

    class Outcome(models.TextChoices):
        WITHIN = "within", _("Within the places")
        NO_PLACE = "no_place", _("No place in the area")
        NO_MONEY = "no_money", _("Beyond what may be spent")

    OUTCOME_TONES = {"within": "ok", "no_place": "warn", "no_money": "warn"}

    list = models.ForeignKey(AdmissionList, models.PROTECT, related_name="entries")
    application = models.ForeignKey(Application, models.PROTECT, related_name="entries")
    household = models.ForeignKey("beneficiaries.Household", models.PROTECT, related_name="+")
    quota = models.ForeignKey(AreaQuota, models.PROTECT, null=True, related_name="+")
    rank = models.PositiveIntegerField(_("rank"))
    area_rank = models.PositiveIntegerField(_("rank in the area"))
    score = models.FloatField(_("score"), null=True)
    waiting_since = models.DateField(_("waiting since"))
    # Decides between equals: SHA-256 of list and file number, which nobody can choose and anybody can work out.
    lot = models.CharField(_("lot"), max_length=64)
    due = models.DecimalField(_("estimated a month"), max_digits=12, decimal_places=3)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)

    objects = AdmissionListEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of a list of admissions")
        verbose_name_plural = _("entries of lists of admissions")
        ordering = ["list", "rank"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["list", "rank"], name="admission_list_entry_rank_once"),
            models.UniqueConstraint(fields=["list", "application"], name="admission_list_entry_once"),
        ]
        triggers = [AppendOnly(), entries_while_drawn()]

    def __str__(self) -> str:
        return f"{self.list_id} · {self.rank}"

    @property
    def area(self) -> Area:
        return self.household.area
