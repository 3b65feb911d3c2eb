"""The messages the portal sends, with the wording they are shipped with."""

from dataclasses import dataclass

from ministry.models import NoticeTemplate


@dataclass(frozen=True)
class Wording:
    """What a message says on one channel, in both languages; `{blank}` marks what is filled in."""

    body_ar: str
    body_en: str
    subject_ar: str = ""
    subject_en: str = ""


@dataclass(frozen=True)
class _Message:
    code: str
    blanks: tuple[str, ...]
    wordings: dict[str, Wording]


_messages: dict[str, _Message] = {}


def register(code: str, *, blanks: tuple[str, ...], wordings: dict[str, Wording]) -> None:
    """Make a message known: which blanks it has, and its wording by channel. Called in `ready()`."""
    _messages[code] = _Message(code, blanks, wordings)


def load() -> int:
    """Create templates that are missing and return how many. Wordings changed in the admin stay."""
    created = 0
    for message in _messages.values():
        for channel, wording in message.wordings.items():
            template, is_new = NoticeTemplate.objects.get_or_create(
                code=message.code, channel=channel, defaults=_values(message, wording)
            )
            created += is_new
            if template.placeholders != list(message.blanks):
                template.placeholders = list(message.blanks)
                template.save(update_fields=["placeholders"])
    return created


def template_for(code: str, channel: str) -> NoticeTemplate:
    """Return the wording in force, the shipped one where none is stored.

    Raises:
        LookupError: the message has no wording for this channel.
    """
    stored = NoticeTemplate.objects.filter(code=code, channel=channel).first()
    if stored:
        return stored
    message = _messages.get(code)
    if message is None or channel not in message.wordings:
        raise LookupError(f"No wording for the message {code!r} on the channel {channel!r}.")
    return NoticeTemplate(code=code, channel=channel, **_values(message, message.wordings[channel]))


def _values(message: _Message, wording: Wording) -> dict[str, object]:
    return {
        "subject_ar": wording.subject_ar,
        "subject_en": wording.subject_en,
        "body_ar": wording.body_ar,
        "body_en": wording.body_en,
        "placeholders": list(message.blanks),
    }
