"""What a complete and sound Arabic catalogue is."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from babel.messages import Catalog

from ministry.translations.catalogues import LANGUAGE, read_catalogue, render, translation_of
from ministry.translations.extraction import Message, owned_messages, source_faults
from ministry.translations.sources import catalogue_path, own_apps

_PLACEHOLDER = re.compile(r"%\([a-zA-Z_]\w*\)[sdf]|%[sd]|\{\w*(?:![rsa])?(?::[^{}]*)?\}")
_TAG = re.compile(r"</?[a-z][a-z0-9]*\b[^>]*>")
_ARABIC = re.compile(r"[\u0621-\u064a]")
# Words proper, as against abbreviations and names such as SHA-256, XLSX, IBAN.
_WORD = re.compile(r"\b[A-Z]?[a-z]{3,}\b")
# Forms in which Arabic may leave the number out: none, one («أسرة واحدة»), two («أسرتان»).
_FORMS_THAT_NEED_NO_NUMBER = (0, 1, 2)


@dataclass(frozen=True)
class Problem:
    """Something wrong with a catalogue: where, which message, and what."""

    place: str
    message: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}: {self.message!r}"


def check_catalogues() -> Iterator[Problem]:
    """Yield everything that keeps the Arabic catalogues from being complete and sound."""
    for fault in source_faults():
        yield Problem(f"{fault.path}:{fault.line}", "", fault.reason)
    owned = owned_messages()
    for app in own_apps():
        yield from _check_app(app, list(owned[app].values()))


def _check_app(app: str, messages: list[Message]) -> Iterator[Problem]:
    catalogue = read_catalogue(app)
    place = f"{app}/locale/{LANGUAGE}"
    wanted = {message.key for message in messages}
    for entry in catalogue:
        if not entry.id:
            continue
        text = entry.id[0] if isinstance(entry.id, (tuple, list)) else entry.id
        if (text, entry.context or "") not in wanted:
            yield Problem(place, text, "no source says this any more, or a lower app owns it")
        elif entry.fuzzy:
            yield Problem(place, text, "fuzzy")
    for message in messages:
        for reason in faults_of(message, translation_of(catalogue, message)):
            yield Problem(place, message.text, reason)
    yield from _check_form(app, place, messages, catalogue)


def _check_form(app: str, place: str, messages: list[Message], catalogue: Catalog) -> Iterator[Problem]:
    """A catalogue in any other order or shape would make every later change unreadable."""
    path = catalogue_path(app, LANGUAGE)
    if not path.exists():
        return
    expected = render((message, translation_of(catalogue, message)) for message in messages)
    if path.read_text("utf-8") != expected:
        yield Problem(place, "", "the file is not as `manage.py catalogue` writes it")


def faults_of(message: Message, texts: tuple[str, ...]) -> Iterator[str]:
    """Yield what is wrong with the translation of one message."""
    if wordy(message.text) and message.text != message.text.strip():
        yield "the source begins or ends with white space (use {% blocktranslate trimmed %})"
    if not all(text.strip() for text in texts):
        yield "not translated"
        return
    sources = (message.text, message.plural) if message.plural else (message.text,)
    allowed = Counter[str]()
    for source in sources:
        allowed |= Counter(_PLACEHOLDER.findall(source))
    for number, text in enumerate(texts):
        found = Counter(_PLACEHOLDER.findall(text))
        missing = allowed - found
        spare = bool(message.plural) and number in _FORMS_THAT_NEED_NO_NUMBER
        # Where there is nothing, its price or place may be left out too; one or two only do without their number.
        if found - allowed or (missing and not (spare and (number == 0 or missing.total() == 1))):
            yield f"placeholders differ in «{text}»"
        if Counter(_TAG.findall(text)) != Counter(_TAG.findall(message.text)):
            yield f"tags differ in «{text}»"
        bare = spare and not _PLACEHOLDER.sub("", text).strip()
        if wordy(message.text) and not bare and not _ARABIC.search(text):
            yield f"no Arabic in «{text}»"


def wordy(text: str) -> bool:
    """Tell whether a source text has words to translate, beside placeholders, tags and abbreviations."""
    return bool(_WORD.search(_TAG.sub(" ", _PLACEHOLDER.sub(" ", text))))
