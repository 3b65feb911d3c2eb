"""Catalogue files: reading, writing in a stable form, compiling."""

import gettext
import os
from collections.abc import Iterable
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import normalize, read_po
from django.utils.translation import trans_real

from ministry.translations.extraction import Message, owned_messages
from ministry.translations.sources import catalogue_path, own_apps

LANGUAGE = "ar"
PLURAL_FORMS = 6
_HEADER = (
    "Language: ar",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Transfer-Encoding: 8bit",
    "Plural-Forms: nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 :"
    " n%100>=11 && n%100<=99 ? 4 : 5;",
)
_LINE_WIDTH = 110


def read_catalogue(app: str) -> Catalog:
    """Return an app's catalogue as it lies on disk; empty when there is none."""
    path = catalogue_path(app, LANGUAGE)
    if not path.exists():
        return Catalog(locale=LANGUAGE)
    with path.open("rb") as stream:
        return read_po(stream, locale=LANGUAGE, abort_invalid=True)


def translation_of(catalogue: Catalog, message: Message) -> tuple[str, ...]:
    """Return what a catalogue says for a message, one text or six; empty texts where it says nothing.

    A fuzzy entry says nothing: it was somebody's guess at another message.
    """
    forms = PLURAL_FORMS if message.plural else 1
    entry = catalogue.get(message.text, message.context or None)
    if entry is None or entry.fuzzy:
        return ("",) * forms
    said = entry.string
    texts = tuple(text or "" for text in (said if isinstance(said, (tuple, list)) else (said,)))
    return texts if len(texts) == forms else ("",) * forms


def render(entries: Iterable[tuple[Message, tuple[str, ...]]]) -> str:
    """Return a catalogue file's text: sorted by message, no line numbers, no dates, nothing obsolete."""
    header = "\n".join(['msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in _HEADER)])
    blocks = [header]
    for message, texts in sorted(entries, key=lambda entry: entry[0].key):
        lines = []
        if "%(" in message.text + message.plural:
            lines.append("#, python-format")
        if message.context:
            lines.append(f"msgctxt {_quoted(message.context)}")
        lines.append(f"msgid {_quoted(message.text)}")
        if message.plural:
            lines.append(f"msgid_plural {_quoted(message.plural)}")
            lines += [f"msgstr[{number}] {_quoted(text)}" for number, text in enumerate(texts)]
        else:
            lines.append(f"msgstr {_quoted(texts[0])}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _quoted(text: str) -> str:
    return normalize(text, width=_LINE_WIDTH)


def update_catalogue(app: str, owned: dict[str, dict[tuple[str, str], Message]] | None = None) -> tuple[int, int]:
    """Bring an app's catalogue in line with its sources; return how many messages it has and lacks words for.

    Translations are kept, also of a message that moved here from another app's catalogue. What no source says any
    more is dropped. Nothing is guessed.
    """
    messages = (owned or owned_messages())[app]
    former = [read_catalogue(app), *(read_catalogue(other) for other in own_apps() if other != app)]
    entries = []
    for message in messages.values():
        texts = next(
            (said for said in (translation_of(catalogue, message) for catalogue in former) if all(said)),
            translation_of(former[0], message),
        )
        entries.append((message, texts))
    path = catalogue_path(app, LANGUAGE)
    if not entries and not path.exists():
        return 0, 0
    path.parent.mkdir(parents=True, exist_ok=True)
    content = render(entries)
    if not path.exists() or path.read_text("utf-8") != content:
        _replace(path, content.encode())
    return len(entries), sum(not all(texts) for _message, texts in entries)


def compile_catalogues(apps: Iterable[str] | None = None) -> int:
    """Write the compiled form of each catalogue that is newer than its compiled form; return how many were written."""
    written = 0
    for app in apps or own_apps():
        source = catalogue_path(app, LANGUAGE)
        target = source.with_suffix(".mo")
        if not source.exists() or (target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns):
            continue
        catalogue = read_catalogue(app)
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        with temporary.open("wb") as stream:
            write_mo(stream, catalogue)
        temporary.replace(target)
        written += 1
    # A process that has already spoken keeps its catalogues in memory, also those another process has just written.
    trans_real._translations.clear()  # type: ignore[attr-defined]
    gettext._translations.clear()  # type: ignore[attr-defined]
    return written


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever reads half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)
