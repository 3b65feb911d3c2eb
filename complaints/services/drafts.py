"""Answers of somebody on the way in: sealed, kept for a day, sent once."""

import json
import uuid
from typing import Any

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
_FILES_AN_HOUR = 60


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


@transaction.atomic
def add_file(draft: IntakeDraft, upload: UploadedFile, *, address: str) -> DraftFile:
    """Keep a file with the draft, sealed.

    Raises:
        RuleViolation: it is too large, or there are enough files; the text says how many and how large.
    """
    IntakeDraft.objects.select_for_update().get(pk=draft.pk)
    if (upload.size or 0) > FILE_LIMIT:
        raise RuleViolation(_("The file is larger than 10 megabytes. Take the picture with fewer pixels."))
    if draft.files.count() >= FILES_AT_MOST:
        raise RuleViolation(_("You can send five files. Take one away to add another."))
    if limits.count("draft-file", address, seconds=HOUR) > _FILES_AN_HOUR:
        raise RuleViolation(_("Too many files came from your connection. Send your message without them for now."))
    upload.seek(0)
    return DraftFile.objects.create(
        draft=draft, name=(upload.name or "")[-200:], size=upload.size or 0, content=seal_bytes(upload.read())
    )


def send(token: uuid.UUID, *, language: str, address: str) -> Receipt | None:
    """Make a case of a draft, once: a second press finds the case of the first. None where there is neither."""
    with transaction.atomic():
        draft = IntakeDraft.objects.select_for_update().filter(pk=token).first()
        if draft is None:
            known = find_sent(token)
            return Receipt(known, first_pin(token), is_new=False) if known else None
        receipt = receive(_intake(draft, language, address))
        draft.delete()
        return receipt


def _intake(draft: IntakeDraft, language: str, address: str) -> Intake:
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
        address=address,
        seconds=(timezone.now() - draft.created_at).total_seconds(),
        trap=answers.get("website", ""),
    )


def _file(kept: DraftFile) -> ContentFile:
    return ContentFile(unseal_bytes(bytes(kept.content)), name=kept.name)
