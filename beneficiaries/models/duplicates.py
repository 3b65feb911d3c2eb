from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from beneficiaries.querysets import DuplicatePairQuerySet
from ministry.guards import keep_history


class DuplicatePair(models.Model):
    """Two rows that may be one person, and why. The machine flags, people decide; a strong open pair holds payment.

    `individual_a` is always the earlier row (smaller id).
    """

    class Band(models.TextChoices):
        STRONG = "strong", _("Strong")
        REVIEW = "review", _("To be looked at")

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        DIFFERENT = "different", _("Different people")
        SAME = "same", _("Same person")

    individual_a = models.ForeignKey("beneficiaries.Individual", models.PROTECT, related_name="+")
    individual_b = models.ForeignKey("beneficiaries.Individual", models.PROTECT, related_name="+")
    probability = models.FloatField(_("probability"))
    band = models.CharField(_("band"), max_length=8, choices=Band)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    # Evidence by field, as found: {"identifier": {"kind": "national_id"}, …}
    evidence = models.JSONField(_("evidence"), default=dict)
    found_at = models.DateTimeField(_("found at"), auto_now_add=True)
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
        indexes = [models.Index(fields=["individual_b"], name="duplicate_pair_b")]
        permissions = [("decide_duplicatepair", "Can decide on possible duplicates")]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"#{self.individual_a_id} ~ #{self.individual_b_id}"
