"""Workbooks: ZIP archives that must not unpack to more than a machine can take, nor bring programs."""

import zipfile
from typing import IO

from django.utils.translation import gettext as _

from ministry.documents.refusal import DocumentRefused

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A million rows of forty columns unpack to some 700 MB at a ratio of about twenty.
MAX_ENTRIES = 2_000
MAX_UNPACKED = 1024 * 1024 * 1024
MAX_RATIO = 100
# Small parts may be as repetitive as they like.
_RATIO_FROM = 10 * 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def is_protected(head: bytes) -> bool:
    """Return whether this is an old or an encrypted Office file."""
    return head.startswith(_OLE)


def is_workbook(file: IO[bytes]) -> bool:
    """Return whether a ZIP archive is an XLSX workbook."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise DocumentRefused(_("The workbook is damaged and cannot be opened. Save it again.")) from error
    return {"[Content_Types].xml", "xl/workbook.xml"} <= names


def check(file: IO[bytes]) -> None:
    """Refuse workbooks that unpack to too much, hold programs or leave their own folder."""
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    too_much = (
        len(entries) > MAX_ENTRIES
        or unpacked > MAX_UNPACKED
        or (unpacked > _RATIO_FROM and unpacked > MAX_RATIO * packed)
        or any(entry.file_size > _RATIO_FROM and entry.file_size > MAX_RATIO * entry.compress_size for entry in entries)
    )
    if too_much:
        raise DocumentRefused(
            _("The workbook unpacks to far more than its size. Save only the data as a new workbook.")
        )
    names = [entry.filename for entry in entries]
    if any(name.endswith("vbaProject.bin") for name in names):
        raise DocumentRefused(_("The workbook contains macros. Save it as XLSX without macros."))
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        raise DocumentRefused(_("The workbook is damaged and cannot be opened. Save it again."))
    if any(entry.flag_bits & 1 for entry in entries):
        raise DocumentRefused(_("The workbook is protected with a password. Save it without one."))
