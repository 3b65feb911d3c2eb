"""From a letter to a PDF."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import segno
import typst
from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ministry import formats
from ministry.letters.fonts import FAMILY, SYSTEM_FAMILIES, FontsMissing, folder
from ministry.text import clean

_ISOLATES = {
    '<bdi dir="ltr">': "\u2066",
    "<bdi>": "\u2068",
    '<bdi class="nowrap">': "\u2068",
    "</bdi>": "\u2069",
}
_TEMPLATE = Path(settings.BASE_DIR) / "templates" / "pdf" / "letter.typ"


@dataclass(frozen=True)
class Table:
    """A table of a letter: headings, and rows of as many cells."""

    headings: Sequence[Any]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Letter:
    """What stands on a paper. Every text is in the reader's language already."""

    title: Any
    reference: str
    rows: Sequence[tuple[Any, Any]] = ()
    paragraphs: Sequence[Any] = ()
    table: Table | None = None
    # Said below the table.
    closing: Sequence[Any] = ()
    # An address that proves the paper genuine, printed as a code.
    qr: str = ""
    qr_note: Any = ""
    # Lines for signatures.
    signatures: Sequence[Any] = field(default_factory=tuple)


def qr_code(text: str) -> str:
    """Return a code with this text as SVG."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", scale=4, border=2, xmldecl=False)
    return out.getvalue().decode()


def typeset(letter: Letter) -> bytes:
    """Return the letter as a PDF for screen readers and print (PDF/UA-1), in the active language.

    Raises:
        FontsMissing: no font on this machine can set it.
    """
    fonts = folder()
    if fonts is None and not _has_system_font():
        raise FontsMissing
    data = {
        "language": (get_language() or settings.LANGUAGE_CODE)[:2],
        "direction": "rtl" if formats.is_arabic() else "ltr",
        "fonts": [FAMILY, *SYSTEM_FAMILIES] if fonts is not None else list(SYSTEM_FAMILIES),
        "ministry": settings.MINISTRY_NAME or _("Ministry of Social Solidarity"),
        "portal": settings.PORTAL_NAME or _("Social Protection Portal"),
        "page": _("Page {page} of {pages}"),
        "title": _plain(letter.title),
        "reference": _plain(letter.reference),
        "rows": [[_plain(label), _plain(value)] for label, value in letter.rows],
        "paragraphs": [_plain(text) for text in letter.paragraphs],
        "closing": [_plain(text) for text in letter.closing],
        "headings": [_plain(text) for text in letter.table.headings] if letter.table else [],
        "cells": [[_plain(cell) for cell in row] for row in letter.table.rows] if letter.table else [],
        "qr": qr_code(letter.qr) if letter.qr else "",
        "qr_note": _plain(letter.qr_note),
        "signatures": [_plain(text) for text in letter.signatures],
    }
    # SECURITY: the words travel as data and are never read as the template's own language.
    return typst.compile(
        str(_TEMPLATE),
        root=str(_TEMPLATE.parent),
        font_paths=[str(fonts)] if fonts is not None else [],
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["ua-1"],
    )


def _plain(value: Any) -> str:
    """Return a text without markup or invisible characters; what pages isolate is isolated on paper too."""
    text = clean(str(value if value is not None else ""))
    if isinstance(value, SafeString):
        for tag, mark in _ISOLATES.items():
            text = text.replace(tag, mark)
        text = unescape(text)
    return text


def _has_system_font() -> bool:
    return not set(SYSTEM_FAMILIES).isdisjoint(typst.Fonts().families())
