"""What a person proves with, and what only a key outside the database opens.

Keys come from the environment (VAULT_KEYS): whoever has a copy of the database alone reads neither contacts nor
stories, and cannot find a PIN by trying all of them.
"""

import base64
import functools
import hashlib
import hmac
import secrets
import uuid

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

CODE_DIGITS = 10
PIN_DIGITS = 6
# Damm's quasigroup: finds every single wrong digit and every swap of two neighbours.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def _check_digit(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def new_code() -> str:
    """Return a number nobody can guess from another: nine random digits and a check digit.

    Digits only: they are read out alike in both languages and typed on any phone. The first is never 0.
    """
    digits = str(secrets.randbelow(9 * 10 ** (CODE_DIGITS - 2)) + 10 ** (CODE_DIGITS - 2))
    return f"{digits}{_check_digit(digits)}"


def is_code(digits: str) -> bool:
    """Tell whether a number could be a code, by its length and check digit."""
    return len(digits) == CODE_DIGITS and digits.isascii() and digits.isdigit() and _check_digit(digits) == 0


def spaced(code: str) -> str:
    """Return a code in groups, as it is read out: 123 456 7890.

    The spaces do not break, which also keeps the groups in their order within Arabic text.
    """
    return f"{code[:3]}\N{NO-BREAK SPACE}{code[3:6]}\N{NO-BREAK SPACE}{code[6:]}"


def _keys() -> list[str]:
    # SECURITY: nothing else takes their place. Sealed with a key that is also used elsewhere, or with none, it would
    # only look sealed.
    if not settings.VAULT_KEYS:
        raise ImproperlyConfigured("Set the environment variable VAULT_KEYS.")
    return list(settings.VAULT_KEYS)


@functools.lru_cache(maxsize=8)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"box:" + key.encode()).digest())) for key in keys]
    )


def seal(text: str) -> str:
    """Return a text that only the key opens; the first key seals, all open."""
    return _box(tuple(_keys())).encrypt(text.encode()).decode()


def unseal(token: str) -> str:
    """Return what was sealed.

    Raises:
        InvalidToken: it was sealed with a key this deployment does not have, or has been changed.
    """
    return _box(tuple(_keys())).decrypt(token.encode()).decode()


def seal_bytes(content: bytes) -> bytes:
    return _box(tuple(_keys())).encrypt(content)


def unseal_bytes(token: bytes) -> bytes:
    return _box(tuple(_keys())).decrypt(token)


def reseal(token: str | bytes) -> str | bytes | None:
    """Return what was sealed, sealed with the first key; None where it is already.

    Raises:
        InvalidToken: none of the keys opens it.
    """
    first, every = _box((_keys()[0],)), _box(tuple(_keys()))
    try:
        first.decrypt(token)
    except InvalidToken:
        fresh = every.rotate(token)
        return fresh if isinstance(token, bytes) else fresh.decode()
    return None


def mark(purpose: str, value: str) -> str:
    """Return what stands for a value without saying it: equal values give equal marks, for one purpose only.

    Made with the last key, the oldest, so that a new first key leaves all marks as they are.
    """
    key = hashlib.sha256(b"mark:" + _keys()[-1].encode()).digest()
    return hmac.new(key, f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()


def first_pin(token: uuid.UUID) -> str:
    """Return the PIN that belongs to an intake: the same however often it is sent, and stored nowhere."""
    return f"{int(mark('pin', str(token)), 16) % 10**PIN_DIGITS:0{PIN_DIGITS}}"


def new_pin() -> str:
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}"


def pin_mark(code: str, pin: str) -> str:
    """Return what is stored of a PIN."""
    return mark("pin-of", f"{code}:{pin}")


def same(one: str, other: str) -> bool:
    """Compare in a time that does not depend on where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


__all__ = [
    "InvalidToken",
    "first_pin",
    "is_code",
    "mark",
    "new_code",
    "new_pin",
    "pin_mark",
    "reseal",
    "same",
    "seal",
    "seal_bytes",
    "spaced",
    "unseal",
    "unseal_bytes",
]
