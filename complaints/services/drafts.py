"""Answers of somebody on the way in: sealed, kept for a day, sent once."""

import json
import uuid
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.models import Category, DraftFile, IntakeDraft
from complaints.secrets import first_pin, seal_bytes, unseal_bytes
from complaints.services import limits
from complaints.services.intake import HOUR, Intake, Person, Receipt, find_sent, receive
from ministry.exceptions import RuleViolation
from ministry.models import Area
from programs.models import Program

FILES_AT_MOST = 5
MEGABYTE = 1024 * 1024
FILE_LIMIT = 10 * MEGABYTE


def find(token: str | None) -> IntakeDraft | None:
    """Return the draft of a visit, if it still is one."""
    try:
        return IntakeDraft.objects.filter(pk=uuid.UUID(str(token))).first()
    except ValueError:
        return None


def answers_of(draft: IntakeDraft | None) -> dict[str, Any]:
    return json.loads(draft.answers or "{}") if draft is not None else {}


def keep(draft: IntakeDraft | None, answers: dict[str, Any]) -> IntakeDraft:
    """Keep what was answered, on a new draft where there is none."""
    draft = draft or IntakeDraft()
    draft.answers = json.dumps(answers_of(draft) | answers, ensure_ascii=False)
    draft.save()
    return draft


def add_file(draft: IntakeDraft, upload: UploadedFile, *, address: str) -> DraftFile:
    """Keep a file with the draft, sealed.

    Raises:
        RuleViolation: it is too large, or there are enough files; the text says how many and how large.
    """
    # Counted before the transaction: within it, all who share an address would wait for each other's upload.
    from_address = limits.count("draft-file", address, seconds=HOUR)
    with transaction.atomic():
        return _add_file(draft, upload, from_address)


def _add_file(draft: IntakeDraft, upload: UploadedFile, from_address: int) -> DraftFile:
    if IntakeDraft.objects.select_for_update().filter(pk=draft.pk).first() is None:
        raise RuleViolation(_("This message was sent meanwhile. Open your case and add the file there."))
    if (upload.size or 0) > FILE_LIMIT:
        raise RuleViolation(_("The file is larger than 10 megabytes. Take the picture with fewer pixels."))
    if draft.files.count() >= FILES_AT_MOST:
        raise RuleViolation(_("You can send five files. Take one away to add another."))
    if from_address > settings.COMPLAINTS_FILES_PER_ADDRESS:
        raise RuleViolation(_("Too many files came from your connection. Send your message without them for now."))
    upload.seek(0)
    return DraftFile.objects.create(
        draft=draft, name=(upload.name or "")[-200:], size=upload.size or 0, content=seal_bytes(upload.read())
    )


def send(token: uuid.UUID, *, language: str, address: str) -> Receipt | None:
    """Make a case of a draft, once: a second press finds the case of the first. None where there is neither."""
    # Counted before the transaction, for the same reason as files; a second press is not another message.
    # SECURITY: of what goes to the confidential cases not even that is counted.
    category = answers_of(IntakeDraft.objects.filter(pk=token).first()).get("category", "")
    is_counted = Category.objects.filter(code=category, is_sensitive=False).exists()
    from_address = limits.count("intake", address, seconds=HOUR) if is_counted else 0
    with transaction.atomic():
        draft = IntakeDraft.objects.select_for_update().filter(pk=token).first()
        if draft is None:
            known = find_sent(token)
            return Receipt(known, first_pin(token), is_new=False) if known else None
        receipt = receive(_intake(draft, language, from_address))
        draft.delete()
        return receipt


def _intake(draft: IntakeDraft, language: str, from_address: int) -> Intake:
    answers = answers_of(draft)
    speaks_for_other = answers.get("for_whom") == "other"
    own = Person(
        name=answers.get("name", ""),
        phone=answers.get("phone", ""),
        national_id=answers.get("national_id", ""),
        sex=answers.get("sex", ""),
    )
    helper = Person(
        name=answers.get("helper_name", ""), phone=answers.get("phone", ""), relation=answers.get("relation", "")
    )
    program = answers.get("program")
    return Intake(
        token=draft.pk,
        kind=answers["kind"],
        category=Category.objects.get(code=answers["category"]),
        program=Program.objects.filter(code=program).first() if program else None,
        area=Area.objects.get(pk=answers["place"]),
        story=answers["story"],
        language=language,
        privacy=answers["privacy"],
        safe_contact=answers.get("safe_contact", ""),
        complainant=own,
        helper=helper if speaks_for_other else None,
        files=[_file(one) for one in draft.files.all()],
        from_address=from_address,
        seconds=(timezone.now() - draft.created_at).total_seconds(),
        trap=answers.get("website", ""),
    )


def _file(kept: DraftFile) -> ContentFile:
    return ContentFile(unseal_bytes(bytes(kept.content)), name=kept.name)
