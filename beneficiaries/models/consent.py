from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from beneficiaries.querysets import ConsentQuerySet
from ministry.guards import keep_history


class Consent(models.Model):
    """What a household agreed to, on which basis, since when, and when it took that back.

    What is withdrawn stays on file; agreeing again is a new row. What a withdrawal brings about is told by
    `beneficiaries.services.consents` before it is confirmed.
    """

    class Purpose(models.TextChoices):
        REGISTER = "register", _("Keep the household's data and check what it is entitled to")
        SHARING = "sharing", _("Pass data on to partner organisations that help the household")

    class Basis(models.TextChoices):
        CONSENT = "consent", _("Consent of the household")
        LAW = "law", _("Duty under the social security law")

    class Method(models.TextChoices):
        SIGNED = "signed", _("Signed on paper")
        THUMBPRINT = "thumbprint", _("Thumbprint")
        SPOKEN = "spoken", _("Spoken, read out before a witness")

    household = models.ForeignKey("beneficiaries.Household", models.PROTECT, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    basis = models.CharField(_("basis"), max_length=10, choices=Basis)
    given_by = models.CharField(_("given by"), max_length=300)
    method = models.CharField(_("how it was given"), max_length=12, choices=Method)
    given_on = models.DateField(_("given on"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    # The consent of the household from which people went to live apart: the same word, for a new file.
    carried_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("carried over from")
    )
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    withdrawn_by = models.CharField(_("withdrawn by"), max_length=300, blank=True)
    withdrawal_note = models.CharField(_("note"), max_length=300, blank=True)
    withdrawal_recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("withdrawal recorded by")
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["household", "purpose", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["household", "purpose"],
                condition=Q(withdrawn_on__isnull=True),
                name="consent_once_in_force",
            ),
            models.CheckConstraint(
                name="consent_withdrawn_after_given",
                condition=Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gte=F("given_on")),
            ),
            models.CheckConstraint(
                name="consent_withdrawal_recorded",
                condition=Q(withdrawn_on__isnull=True)
                | (Q(withdrawal_recorded_by__isnull=False) & ~Q(withdrawn_by="")),
            ),
        ]
        permissions = [("withdraw_consent", "Can record that a consent was withdrawn")]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"#{self.household_id} {self.purpose}"

    @property
    def is_in_force(self) -> bool:
        return self.withdrawn_on is None
