"""Digits of three scripts as one, and text without what cannot be seen."""

import re
import unicodedata

# Arabic-Indic and Persian digits, and their decimal and thousands signs.
_DIGITS = {0x0660 + value: str(value) for value in range(10)} | {0x06F0 + value: str(value) for value in range(10)}
_NUMBER_SIGNS = _DIGITS | {0x066B: ".", 0x066C: ""}

# Control characters, zero-width and bidirectional marks, the replacement's neighbours: nothing a person typed.
INVISIBLE = "".join(
    (
        "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad",
        "\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb",
        "\ud800-\udfff",
    )
)
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_SPACES = re.compile(r"\s+")


def fold_digits(value: str) -> str:
    """Return the text with Arabic-Indic and Persian digits as Western ones, all else as it was."""
    return value if value.isascii() else value.translate(_NUMBER_SIGNS)


def digits(value: str) -> str:
    """Return only the digits of the text, Western."""
    return "".join(character for character in fold_digits(value) if "0" <= character <= "9")


def clean(value: str) -> str:
    """Return the text composed (NFC), without invisible characters, its white space single and none at the ends."""
    return _SPACES.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", value))).strip()
