"""Other systems that may speak to the portal, and what they prove themselves with."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from ministry.models.bilingual import Bilingual


class Partner(Bilingual):
    """A system of another body that speaks to the portal: an NGO's helpline, a bank, another ministry's registry."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    contact = models.EmailField(_("e-mail of whoever runs it"), blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("partner system")
        verbose_name_plural = _("partner systems")
        ordering = ["code"]
        permissions = [("issue_partner_token", "Can issue and revoke access tokens of partner systems")]
        triggers = keep_history()


class PartnerToken(models.Model):
    """An access token of a partner: only its digest is kept; good for a time, for named scopes, until revoked."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="tokens", verbose_name=_("partner system"))
    # The first characters, by which a token is recognised in a list.
    prefix = models.CharField(_("begins with"), max_length=12)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=60), verbose_name=_("scopes"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("issued by")
    )
    issued_at = models.DateTimeField(_("issued at"))
    expires_at = models.DateTimeField(_("good until"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True)
    last_used_at = models.DateTimeField(_("last used"), null=True)

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="partner_token_ends", condition=Q(expires_at__gt=F("issued_at"))),
            models.CheckConstraint(name="partner_token_for_something", condition=Q(scopes__len__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"
