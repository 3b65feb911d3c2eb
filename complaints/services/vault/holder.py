"""What somebody does with a confidential case of theirs by code and PIN: look, write, answer, withdraw."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.core.files.base import File
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import rules
from complaints.models import VaultCase, VaultEvent, VaultMessage
from complaints.models.vault.case import code_mark, token_mark
from complaints.services.vault.casework import erase_on
from complaints.services.vault.common import by_holder_of_pin, lock, note_event
from complaints.services.vault.intake import add_files
from complaints.vault import HOLDER, opened
from ministry.exceptions import RuleViolation

FILES_AT_MOST = 15


def by_code(code: str) -> VaultCase | None:
    """Return the case of a code, as a page for code and PIN reads it."""
    with opened(HOLDER):
        return VaultCase.objects.filter(code_mark=code_mark(code)).first()


def stored_pin_mark(code: str) -> str:
    """Return the mark of the PIN that opens a code, of whichever kind its case is; nothing for an unknown code.

    SECURITY: one statement for both kinds, and nothing is unsealed: a confidential case takes no longer than another.
    """
    with opened(HOLDER), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pin_mark FROM complaints_complaint WHERE code = %s"
            " UNION ALL SELECT pin_mark FROM complaints_vaultcase WHERE code_mark = %s",
            [code, code_mark(code)],
        )
        found = cursor.fetchone()
    return found[0] if found else ""


def add_message(
    *, case: VaultCase, text: str, token: uuid.UUID, files: Sequence[File] = (), now: dt.datetime | None = None
) -> VaultMessage:
    """Take in a message, with files. The same token again is the same message.

    Raises:
        RuleViolation: the case is over, or has as many files as it may have.
        DocumentRefused: a file cannot be kept.
    """
    with opened(HOLDER):
        case = lock(case)
        known = VaultMessage.objects.filter(token_mark=token_mark(token), case=case).first()
        if known is not None:
            return known
        if case.is_final:
            raise RuleViolation(_("This case is closed. Write to us anew at any time."))
        if files and case.files.count() + len(files) > FILES_AT_MOST:
            raise RuleViolation(_("This case has as many files as it may have. Describe the rest in words."))
        at = now or timezone.now()
        message = VaultMessage.objects.create(
            case=case,
            direction=VaultMessage.Direction.IN,
            text=rules.tidy(text),
            at=at,
            token_mark=token_mark(token),
        )
        add_files(case, files, at=at)
        note_event(case, VaultEvent.What.ANSWERED, at=at, by=None)
        return message


def withdraw(*, case: VaultCase, now: dt.datetime | None = None) -> VaultCase:
    """Withdraw a case: nobody works on it any more, and its words are deleted when their time is over."""
    with opened(HOLDER):
        case = lock(case)
        transition = by_holder_of_pin(case, "withdraw")
        case.status, case.closed_at = transition.target, now or timezone.now()
        case.erase_on = erase_on(case.closed_at)
        case.save(update_fields=["status", "closed_at", "erase_on"])
        note_event(case, VaultEvent.What.WITHDRAWN, at=case.closed_at, by=None)
        return case
