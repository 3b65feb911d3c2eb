"""Taking in, scanning and keeping files."""

import hashlib
import re
import unicodedata
from datetime import timedelta
from functools import partial
from pathlib import PurePath
from typing import IO

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils import timezone

from ministry import audit
from ministry.documents import scanning
from ministry.documents.inspection import EVIDENCE, FileKind, inspect
from ministry.models import Document, User
from ministry.signals import document_stored

_CHUNK = 1024 * 1024
# Controls, direction marks and what file systems and headers trip over.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"*/:<>?\\|\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]')


@transaction.atomic
def store(
    upload: UploadedFile | File,
    *,
    subject: models.Model | None,
    actor: User | None,
    allowed: tuple[FileKind, ...] = EVIDENCE,
) -> Document:
    """Take in a person's file: checked by content, photographs freed of metadata, in quarantine until scanned.

    Without a virus scanner (DOCUMENT_SCANNER) the checks by content release it at once.

    Raises:
        DocumentRefused: the file is of the wrong kind, too large, damaged or dangerous; the text says what to do.
    """
    size = upload.size or 0
    kind = inspect(upload, size=size, allowed=allowed)
    content: IO[bytes] = kind.rewrite(upload) if kind.rewrite else upload
    document = _save(
        content,
        filename=safe_name(upload.name or "", kind.extension),
        content_type=kind.content_type,
        subject=subject,
        actor=actor,
    )
    if scanning.scanner().immediate:
        return scan(document)
    transaction.on_commit(partial(document_stored.send_robust, Document, document_id=document.pk))
    return document


@transaction.atomic
def keep(
    content: IO[bytes], *, filename: str, content_type: str, subject: models.Model | None, actor: User | None
) -> Document:
    """Keep a file that the portal itself made (an export, a letter); it needs no check."""
    extension = PurePath(filename).suffix.lstrip(".")
    return _save(
        content,
        filename=safe_name(filename, extension),
        content_type=content_type,
        subject=subject,
        actor=actor,
        scan=Document.Scan.CLEAN,
    )


def scan(document: Document) -> Document:
    """Ask the scanner about a file in quarantine, and release or refuse it. Asked again, nothing changes.

    Raises:
        ScannerUnavailable: try again later.
    """
    if document.scan != Document.Scan.PENDING:
        return document
    with document.file.open("rb") as content:
        verdict = scanning.scanner().scan(content)
    with transaction.atomic():
        document = Document.objects.select_for_update().get(pk=document.pk)
        if document.scan == Document.Scan.PENDING:
            document.scan = Document.Scan.CLEAN if verdict.clean else Document.Scan.REFUSED
            document.scan_note = verdict.note[:300]
            document.save(update_fields=["scan", "scan_note"])
            if not verdict.clean:
                audit.record(actor=None, action="document.refused", target=document, note=verdict.note)
    return document


def waiting_for_scan() -> list[int]:
    """Return the files that have been in quarantine for over a minute: their message or scanner was lost."""
    minute_ago = timezone.now() - timedelta(minutes=1)
    return list(
        Document.objects.filter(scan=Document.Scan.PENDING, uploaded_at__lt=minute_ago)
        .order_by("pk")
        .values_list("pk", flat=True)[:500]
    )


def delete_stray_files(*, older_than: timedelta = timedelta(days=1)) -> int:
    """Delete stored files without a row, left by requests that were rolled back, and return how many."""
    storage = Document._meta.get_field("file").storage
    if not storage.exists("documents"):
        return 0
    names = [f"documents/{name}" for name in storage.listdir("documents")[1]]
    known = set(Document.objects.values_list("file", flat=True).iterator())
    strays = [
        name
        for name in names
        # A young one may belong to a transaction that is still open.
        if name not in known and storage.get_modified_time(name) < timezone.now() - older_than
    ]
    for name in strays:
        storage.delete(name)
    return len(strays)


def safe_name(name: str, extension: str) -> str:
    """Return a file name that is safe in a header and on any file system, with the ending its content calls for."""
    stem = _UNSAFE.sub("", unicodedata.normalize("NFC", PurePath(name.replace("\\", "/")).stem)).strip(". ")
    return f"{stem[:150] or 'file'}.{extension}" if extension else stem[:150] or "file"


def _save(
    content: IO[bytes],
    *,
    filename: str,
    content_type: str,
    subject: models.Model | None,
    actor: User | None,
    scan: str = Document.Scan.PENDING,
) -> Document:
    digest, size = hashlib.sha256(), 0
    content.seek(0)
    while chunk := content.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    content.seek(0)
    document = Document(
        filename=filename,
        content_type=content_type,
        size=size,
        sha256=digest.hexdigest(),
        scan=scan,
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        uploaded_by=actor,
    )
    document.file.save(filename, File(content), save=False)
    document.save()
    return document
