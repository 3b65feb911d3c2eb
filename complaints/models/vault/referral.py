"""Services that help, and bringing one in: each time with the consent of whom it is for."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from complaints.fields import SealedTextField
from complaints.models.vault import guards
from complaints.models.vault.case import VaultCase, _Part
from ministry.guards import keep_history
from ministry.models import Bilingual


class SupportService(Bilingual):
    """A service people can be referred to: a shelter, a lawyer, a clinic. Kept by the administrators."""

    class Kind(models.TextChoices):
        HOTLINE = "hotline", _("Helpline")
        SHELTER = "shelter", _("Shelter")
        LEGAL = "legal", _("Legal aid")
        MEDICAL = "medical", _("Medical care")
        PSYCHOLOGICAL = "psychological", _("Psychological support")
        CHILDREN = "children", _("Child protection")
        INTEGRITY = "integrity", _("Integrity and investigation")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    # It serves this area and all below it.
    area = models.ForeignKey("ministry.Area", models.PROTECT, related_name="+", verbose_name=_("serves"))
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    hours_ar = models.CharField(_("Arabic opening hours"), max_length=200, blank=True)
    hours_en = models.CharField(_("English opening hours"), max_length=200, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("support service")
        verbose_name_plural = _("support services")
        ordering = ["kind", "code"]
        triggers = keep_history()

    @property
    def hours(self) -> str:
        return self.hours_en if self.hours_en and get_language() == "en" else self.hours_ar


class Share(models.TextChoices):
    """What a service is told about somebody; each item is agreed to by name."""

    NAME = "name", _("Name")
    PHONE = "phone", _("How to reach the person")
    STORY = "story", _("What they told us")


# The same, as it is said to the person.
_SAID = {Share.NAME: _("your name"), Share.PHONE: _("how to reach you"), Share.STORY: _("what you told us")}


class VaultReferral(_Part):
    """A service brought into a case: asked, agreed to or refused by the person, sent, reported back."""

    class Consent(models.TextChoices):
        ASKED = "asked", _("Waits for the person's answer")
        GIVEN = "given", _("The person agrees")
        REFUSED = "refused", _("The person does not agree")
        WITHDRAWN = "withdrawn", _("Taken back by the person")

    STATUS_TONES = {Consent.ASKED: "warn", Consent.GIVEN: "ok", Consent.REFUSED: "bad"}

    case = models.ForeignKey(VaultCase, models.PROTECT, related_name="referrals")
    service = models.ForeignKey(SupportService, models.PROTECT, related_name="+", verbose_name=_("service"))
    # What for, in words the person reads before they agree.
    purpose = SealedTextField(_("what for"))
    shares = ArrayField(models.CharField(max_length=10), verbose_name=_("what the service is told"), default=list)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    consent = models.CharField(_("consent"), max_length=10, choices=Consent, default=Consent.ASKED)
    consented_at = models.DateTimeField(null=True)
    # The officer to whom it was said; nobody where the person answered by code and PIN.
    consent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True)
    result = SealedTextField(blank=True)
    reported_at = models.DateTimeField(null=True)

    class Meta(_Part.Meta):
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="vault_referred_only_with_consent",
                condition=Q(sent_at__isnull=True)
                | Q(consent="given", consented_at__isnull=False, sent_at__gte=F("consented_at"), sent_by__isnull=False),
            ),
            models.CheckConstraint(
                name="vault_answered_consent_has_its_moment",
                condition=Q(consent="asked") | Q(consented_at__isnull=False),
            ),
            models.CheckConstraint(
                name="vault_reported_after_it_was_sent",
                condition=Q(reported_at__isnull=True) | Q(sent_at__isnull=False),
            ),
        ]
        triggers = guards.REFERRAL

    @property
    def tone(self) -> str:
        return self.STATUS_TONES.get(self.Consent(self.consent), "")

    @property
    def shared(self) -> list[str]:
        """What the service is told, as it is said to the person."""
        return [str(_SAID[Share(one)]) for one in self.shares]

    @property
    def told(self) -> list[str]:
        """What the service is told, as officers say it."""
        return [str(Share(one).label) for one in self.shares]
