"""Accounts and banks as a payment file names them."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum import bic, iban

_LOOKS_LIKE_IBAN = re.compile(r"[A-Za-z]{2}[0-9]{2}")
_OTHER = re.compile(r"[A-Za-z0-9/ -]{1,34}")


def validate_account(account: str) -> None:
    """Accept an IBAN whose check digits are right, or an account number of the agent's own kind.

    Raises:
        ValidationError: it is neither.
    """
    if _LOOKS_LIKE_IBAN.match(account):
        if not iban.is_valid(account):
            raise ValidationError(_("This IBAN is not right: its check digits or its length do not fit. Compare it."))
    elif not _OTHER.fullmatch(account):
        raise ValidationError(_("Use letters, digits, spaces, hyphens and slashes only."))


def validate_bic(code: str) -> None:
    """Accept a business identifier code by its structure (ISO 9362).

    Raises:
        ValidationError: it is none.
    """
    if not bic.is_valid(code):
        raise ValidationError(_("This is not the code of a bank: it has 8 or 11 letters and digits."))
