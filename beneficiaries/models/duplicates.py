from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from beneficiaries.querysets import DuplicatePairQuerySet
from ministry.guards import keep_history


class DuplicatePair(models.Model):
    """Two rows that may be one person, and why. The machine flags, people decide.

    `individual_a` is always the earlier row (smaller id). Statuses: open (nobody has decided), to be visited (somebody
    goes and asks), different (two people, remembered for good), same (one person; a merge makes the two cards one). A
    strong pair holds a payment until it is decided, and one of the same person until the cards are merged.
    """

    class Band(models.TextChoices):
        STRONG = "strong", _("Strong")
        REVIEW = "review", _("To be looked at")

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        VISIT = "visit", _("To be visited")
        DIFFERENT = "different", _("Different people")
        SAME = "same", _("Same person")

    individual_a = models.ForeignKey("beneficiaries.Individual", models.PROTECT, related_name="+")
    individual_b = models.ForeignKey("beneficiaries.Individual", models.PROTECT, related_name="+")
    probability = models.FloatField(_("probability"))
    band = models.CharField(_("band"), max_length=8, choices=Band)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    # One entry a field: {"field", "level", "weight_person", "weight_family"}. Weights are log2 likelihood ratios
    # against strangers; null where only a shared number was looked at.
    evidence = models.JSONField(_("evidence"), default=list)
    # Version of the model that gave the probability; empty: found by a shared number alone.
    model_version = models.CharField(_("model version"), max_length=20, blank=True)
    # The sweep that found the pair or last changed what is said of it.
    run = models.ForeignKey("beneficiaries.DuplicateRun", models.PROTECT, null=True, blank=True, related_name="pairs")
    # What both households were due in the last twelve months, in the country's currency; kept fresh by night.
    money_at_stake = models.DecimalField(
        _("money at stake"), max_digits=16, decimal_places=3, default=0, db_default=0, editable=False
    )
    found_at = models.DateTimeField(_("found at"), auto_now_add=True)
    # When the caseworkers of both households were told that the pair is strong; once, whichever path found it.
    told_at = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    note = models.TextField(_("note"), blank=True)

    objects = DuplicatePairQuerySet.as_manager()

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        ordering = ["-probability", "id"]
        constraints = [
            models.UniqueConstraint(fields=["individual_a", "individual_b"], name="duplicate_pair_once"),
            models.CheckConstraint(name="duplicate_pair_in_order", condition=Q(individual_a__lt=F("individual_b"))),
            models.CheckConstraint(
                name="duplicate_pair_decided_by_somebody",
                condition=Q(status="open") | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["individual_b"], name="duplicate_pair_b"),
            models.Index(
                fields=["id"],
                condition=Q(band="strong", status="open", told_at__isnull=True),
                name="duplicate_pair_to_tell",
            ),
        ]
        permissions = [("decide_duplicatepair", "Can decide on possible duplicates")]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"#{self.individual_a_id} ~ #{self.individual_b_id}"


class DuplicateModel(models.Model):
    """Parameters by which pairs are scored, learnt from a register, with the proof on which they were put in force.

    While no row is in force the model shipped with the portal is used.

    Statuses: candidate (trained and compared, decides nothing), in force, superseded.
    """

    class Status(models.TextChoices):
        CANDIDATE = "candidate", _("Trained, not in use")
        IN_FORCE = "in_force", _("In force")
        SUPERSEDED = "superseded", _("Superseded")

    version = models.CharField(_("version"), max_length=20, unique=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.CANDIDATE)
    # As `beneficiaries.duplicates.model.Model` reads and writes it.
    parameters = models.JSONField(_("parameters"))
    # Old against new on the pairs people have decided.
    report = models.JSONField(_("comparison with the former model"), default=dict)
    trained_at = models.DateTimeField(_("trained at"), auto_now_add=True)
    in_force_at = models.DateTimeField(_("in force since"), null=True)

    class Meta:
        verbose_name = _("duplicate model")
        verbose_name_plural = _("duplicate models")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="in_force"), name="duplicate_model_one_in_force"
            ),
        ]
        triggers = keep_history()

    def __str__(self) -> str:
        return self.version


class DuplicateRun(models.Model):
    """One sweep over the register: how many people and pairs it saw, and the shares it found among the pairs."""

    job = models.ForeignKey("ministry.Job", models.SET_NULL, null=True, blank=True, related_name="+")
    is_full = models.BooleanField(_("whole register"))
    model_version = models.CharField(_("model version"), max_length=20)
    # Version of the name keys the run read (ministry.text).
    normaliser_version = models.PositiveSmallIntegerField(_("version of name keys"))
    # The greatest keys the run saw of people, identifiers and former versions: there the next incremental run begins.
    seen = models.JSONField(default=dict)
    people = models.PositiveIntegerField(_("people"), default=0)
    candidates = models.PositiveBigIntegerField(_("pairs compared"), default=0)
    found = models.PositiveIntegerField(_("pairs found"), default=0)
    # Shares of same person, same family and strangers among the compared pairs.
    priors = models.JSONField(default=list)
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("duplicate sweep")
        verbose_name_plural = _("duplicate sweeps")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"#{self.pk}"


class DuplicateFinding(models.Model):
    """A pair as a sweep under way has compared it; entered among the pairs when the sweep has seen all, then gone."""

    run = models.ForeignKey(DuplicateRun, models.CASCADE, related_name="findings")
    # Keys without constraints: rows live for minutes, and people are not deleted.
    individual_a = models.BigIntegerField()
    individual_b = models.BigIntegerField()
    probability = models.FloatField()
    band = models.CharField(max_length=8)
    evidence = models.JSONField()

    class Meta:
        ordering = ["individual_a", "individual_b"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"#{self.individual_a} ~ #{self.individual_b}"


class NamePart(models.Model):
    """How many people bear a part of a name, as of the last full sweep: rare names tell more than common ones."""

    part = models.CharField(max_length=300, primary_key=True)
    people = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("part of names")
        verbose_name_plural = _("parts of names")
        ordering = ["part"]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.people)
