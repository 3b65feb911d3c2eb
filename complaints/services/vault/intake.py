"""Taking in what belongs to the vault: straight there, and nowhere else.

No case, party, message, audit entry, notice, document or number of any other table is made. The code looks like any
other; it is kept as a mark by which it is found, and sealed.
"""

import datetime as dt
import io
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from complaints import rules
from complaints.models import Complaint, VaultCase, VaultEvent, VaultFile
from complaints.models.vault.case import code_mark, token_mark
from complaints.secrets import first_pin, new_code, pin_mark, seal_bytes
from complaints.services import clock
from complaints.services.vault.common import note_event, packed
from complaints.vault import HOLDER, KEEPER, opened
from ministry.documents import EVIDENCE, scanning
from ministry.documents.inspection import inspect
from ministry.documents.services import safe_name
from ministry.models import Area, User

if TYPE_CHECKING:
    from complaints.services.intake import Intake

# Categories of the vault in which the matter is an official: such a case goes past their office.
ABOUT_STAFF = "staff_corruption"
# Working days until somebody has looked at it.
FIRST_LOOK_DAYS = 1


def find(token: uuid.UUID | str) -> VaultCase | None:
    """Return the case an intake made, if it made one."""
    with opened(HOLDER):
        return VaultCase.objects.filter(token_mark=token_mark(token)).first()


def take_in(intake: "Intake", *, actor: User | None, at: dt.datetime | None = None) -> tuple[VaultCase, str, bool]:
    """Take a confidential case in; return it, its PIN, and whether it is new. The same token again finds the first.

    The story may be left out. Nothing that comes for the vault is held as doubtful.
    """
    known = find(intake.token)
    if known is None:
        try:
            with opened(HOLDER):
                return _create(intake, actor, at or timezone.now()), first_pin(intake.token), True
        except IntegrityError:
            # Pressed twice: the other press was first.
            known = find(intake.token)
            if known is None:
                raise
    return known, first_pin(intake.token), False


def _create(intake: "Intake", actor: User | None, at: dt.datetime) -> VaultCase:
    code = new_code()
    hours, moves = clock.office_hours(), [(at, clock.Move.START)]
    term = clock.term_for(intake.kind, timezone.localdate(at))
    due = rules.deadlines(hours, rules.Term(term.days, 0, term.step_days), moves)
    look = rules.deadlines(hours, rules.Term(FIRST_LOOK_DAYS, 0, 1), moves)
    assert due is not None  # noqa: S101  (a clock that has just started stands nowhere)
    assert look is not None  # noqa: S101
    case = VaultCase.objects.create(
        code=code,
        code_mark=code_mark(code),
        pin_mark=pin_mark(code, first_pin(intake.token)),
        token_mark=token_mark(intake.token),
        kind=intake.kind,
        matter=intake.category.code,
        story=rules.tidy(intake.story),
        contact=_contact(intake),
        language=intake.language,
        channel=intake.channel,
        area=intake.area,
        past_path=office_to_pass(intake.area) if intake.category.code == ABOUT_STAFF else "",
        received_at=at,
        due_on=due.due_on,
        look_by=look.due_on,
    )
    add_files(case, intake.files, at=at)
    note_event(case, VaultEvent.What.RECEIVED, at=at, by=actor)
    return case


def _contact(intake: "Intake") -> str:
    if intake.privacy == Complaint.Privacy.ANONYMOUS:
        return ""
    own, helper = intake.complainant, intake.helper
    told = {"safe": intake.safe_contact}
    if own is not None:
        told |= {"name": own.name, "phone": own.phone, "national_id": own.national_id}
    if helper is not None:
        told |= {"helper_name": helper.name, "helper_phone": helper.phone, "relation": helper.relation}
    return packed(told)


def office_to_pass(area: Area) -> str:
    """Return the path of the office a case about its staff goes past: the directorate of the place.

    Of the country's own office nothing is above: there the official alone is kept out.
    """
    codes = area.path.strip("/").split("/")
    return "/".join(codes[:2]) + "/" if len(codes) > 1 else ""


@transaction.atomic
def add_files(case: VaultCase, uploads: Iterable[File], *, at: dt.datetime) -> None:
    """Keep files with a case: checked by content, pictures freed of place and camera, sealed, in the vault's own table.

    A file is handed out when a scanner has passed it; where there is none it is held until a named person lets it in.

    Raises:
        DocumentRefused: it is of the wrong kind, too large or damaged; the text says what to do.
    """
    for upload in uploads:
        kind = inspect(upload, size=upload.size or 0, allowed=EVIDENCE)
        kept = kind.rewrite(upload) if kind.rewrite else upload
        kept.seek(0)
        content = kept.read()
        VaultFile.objects.create(
            case=case,
            name=safe_name(upload.name or "", kind.extension),
            content_type=kind.content_type,
            size=len(content),
            content=seal_bytes(content),
            scan=VaultFile.Scan.PENDING if scanning.is_configured() else VaultFile.Scan.UNSCANNED,
            added_at=at,
        )


def scan_waiting() -> int:
    """Ask the scanner about the files that wait for it; returns how many it has answered for.

    One that cannot be asked now leaves them waiting.
    """
    if not scanning.is_configured():
        return 0
    done = 0
    with opened(KEEPER):
        waiting = list(VaultFile.objects.filter(scan=VaultFile.Scan.PENDING).values_list("pk", flat=True)[:200])
    for pk in waiting:
        with opened(KEEPER):
            content = VaultFile.objects.get(pk=pk).bytes()
        # Not in a transaction: the scanner may take its time.
        try:
            verdict = scanning.scanner().scan(io.BytesIO(content))
        except scanning.ScannerUnavailable:
            return done
        with opened(KEEPER):
            done += VaultFile.objects.filter(pk=pk, scan=VaultFile.Scan.PENDING).update(
                scan=VaultFile.Scan.CLEAN if verdict.clean else VaultFile.Scan.REFUSED
            )
    return done
