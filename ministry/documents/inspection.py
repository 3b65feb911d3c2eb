"""What a file is by its content, and whether it may come in. The name and the browser's word count for nothing."""

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

import filetype
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ministry.documents import images, pdf, spreadsheets
from ministry.documents.refusal import DocumentRefused

_HEAD = 8192
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class FileKind:
    """A kind of file: how it is called, its ending and type, its largest size in bytes, and a closer look at it.

    `check` raises `DocumentRefused`; `rewrite` returns the content to keep instead of what came.
    """

    label: str | Promise
    extension: str
    content_type: str
    limit: int
    check: Callable[[IO[bytes]], None] | None = None
    rewrite: Callable[[IO[bytes]], IO[bytes]] | None = None


CSV = FileKind(gettext_lazy("CSV text"), "csv", "text/csv", settings.UPLOAD_LIMIT)
XLSX = FileKind(
    gettext_lazy("Excel workbook (XLSX)"), "xlsx", spreadsheets.CONTENT_TYPE, 100 * MEGABYTE, spreadsheets.check
)
PDF = FileKind("PDF", "pdf", "application/pdf", 20 * MEGABYTE, pdf.check)
JPEG = FileKind("JPEG", "jpg", "image/jpeg", 15 * MEGABYTE, images.check, images.without_metadata)
PNG = FileKind("PNG", "png", "image/png", 15 * MEGABYTE, images.check, images.without_metadata)

TABLES = (CSV, XLSX)
IMAGES = (JPEG, PNG)
EVIDENCE = (PDF, JPEG, PNG)

_BY_TYPE = {kind.content_type: kind for kind in (XLSX, PDF, JPEG, PNG)}


def inspect(file: IO[bytes], *, size: int, allowed: tuple[FileKind, ...]) -> FileKind:
    """Return what `file` is, after looking at it as closely as its kind asks for. Leaves it at its beginning.

    Raises:
        DocumentRefused: it is empty, of a kind that is not allowed here, too large, or not safe to keep.
    """
    if not size:
        raise DocumentRefused(_("The file is empty. Choose a file with content."))
    kind = _sniff(file)
    if kind is None or kind not in allowed:
        raise DocumentRefused(
            _("This kind of file is not accepted here. Choose one of: {kinds}.").format(
                kinds=", ".join(str(one.label) for one in allowed)
            )
        )
    if size > kind.limit:
        megabytes = kind.limit // MEGABYTE
        raise DocumentRefused(
            ngettext(
                "The file is too large. It may have up to {count} megabyte.",
                "The file is too large. It may have up to {count} megabytes.",
                megabytes,
            ).format(count=megabytes)
        )
    if kind.check:
        file.seek(0)
        kind.check(file)
    file.seek(0)
    return kind


def _sniff(file: IO[bytes]) -> FileKind | None:
    file.seek(0)
    head = file.read(_HEAD)
    if spreadsheets.is_protected(head):
        raise DocumentRefused(
            _("The file is protected with a password or in an old format. Save it as XLSX without one.")
        )
    if head.startswith(b"PK\x03\x04"):
        return XLSX if spreadsheets.is_workbook(file) else None
    guess = filetype.guess(head)
    if guess is not None:
        return _BY_TYPE.get(guess.mime)
    return CSV if _is_table_text(head) else None


def _is_table_text(head: bytes) -> bool:
    """Return whether the beginning of a file reads as plain text that no browser would take for a page."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # An even number of bytes, so that a character cut in two at the end does not count.
        head = head[: len(head) // 2 * 2].decode("utf-16", "replace").encode()
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"<", b"%!", b"#!", b"{\\rtf")):
        return False
    controls = sum(byte < 32 and byte not in b"\t\n\r\f" for byte in head)
    return controls * 100 <= len(head)
