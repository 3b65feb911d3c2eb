"""Who hands out the money."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from ministry.models import Bilingual
from programs.payments.accounts import validate_account, validate_bic


class PaymentAgent(Bilingual):
    """Who hands out the money: a bank, the post, a wallet company."""

    class Kind(models.TextChoices):
        POST = "post", _("Post")
        BANK = "bank", _("Bank")
        WALLET = "wallet", _("Mobile wallet")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    country = models.CharField(_("country"), max_length=2)
    is_active = models.BooleanField(_("in use"), default=True)
    # From where the agent is paid; asked for by files in the banks' own format.
    account = models.CharField(
        _("the ministry's account"),
        max_length=34,
        blank=True,
        validators=[validate_account],
        help_text=_("IBAN, or the agent's own account number. Needed for files in the banks' format (pain.001)."),
    )
    bic = models.CharField(
        _("code of the bank (BIC)"),
        max_length=11,
        blank=True,
        validators=[validate_bic],
        help_text=_("8 or 11 letters and digits. Needed for files in the banks' format (pain.001)."),
    )

    class Meta:
        verbose_name = _("paying agent")
        verbose_name_plural = _("paying agents")
        ordering = ["code"]
        triggers = keep_history()
