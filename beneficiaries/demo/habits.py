"""How clerks type: hamzas left out, ta marbuta as ha, spaces, Latin letters, digits, and slips of the finger."""

import random
from dataclasses import dataclass

from beneficiaries.demo.names import in_latin

_HAMZA = str.maketrans("أإآ", "ااا")
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_OPERATORS = ("010", "011", "012", "015")
_OPERATOR_WEIGHTS = (42, 67, 89, 100)


@dataclass(frozen=True)
class Clerk:
    """One clerk's habits, as probabilities that he writes a name his way."""

    hamza: float
    ta_marbuta: float
    ya: float
    joined_abd: float
    tatweel: float
    latin: float
    arabic_digits: bool

    @classmethod
    def hired(cls, rng: random.Random) -> "Clerk":
        """Return somebody new at the keyboard: most are tidy, some are not."""
        careless = rng.random() ** 2
        return cls(
            hamza=0.75 * careless,
            ta_marbuta=0.35 * careless,
            ya=0.4 * careless,
            joined_abd=0.6 * rng.random() ** 2,
            tatweel=0.004 * careless,
            latin=0.006,
            arabic_digits=rng.random() < 0.04,
        )

    def name(self, rng: random.Random, text: str) -> str:
        """Return a name as this clerk types it."""
        draw = rng.random
        if draw() < self.latin:
            return in_latin(text)
        if draw() < self.hamza:
            text = text.translate(_HAMZA)
        if draw() < self.ta_marbuta:
            text = _at_word_ends(text, "ة", "ه")
        if draw() < self.ya:
            text = _at_word_ends(text, "ي", "ى")
        if draw() < self.joined_abd:
            text = text.replace("عبد ال", "عبدال")
        if draw() < self.tatweel and len(text) > 4:
            text = f"{text[:2]}ـــ{text[2:]}" if text[1] in "بتثجحخسشصضطظعغفقكلمنهي" else text
        return text

    def number(self, digits: str) -> str:
        """Return digits as this clerk's keyboard makes them."""
        return digits.translate(_ARABIC_DIGITS) if self.arabic_digits else digits

    def phone(self, rng: random.Random, digits: str) -> str:
        """Return a phone number as typed: mostly plain, sometimes international or in groups."""
        draw = rng.random()
        if draw < 0.03:
            return f"+2{digits}"
        if draw < 0.05:
            return f"{digits[:4]} {digits[4:7]} {digits[7:]}"
        return self.number(digits)


def _at_word_ends(text: str, letter: str, other: str) -> str:
    return " ".join(word[:-1] + other if word.endswith(letter) and len(word) > 2 else word for word in text.split(" "))


def mobile_number(rng: random.Random) -> str:
    """Return an Egyptian mobile number, operators as often as they are met."""
    operator = rng.choices(_OPERATORS, cum_weights=_OPERATOR_WEIGHTS)[0]
    return f"{operator}{rng.randrange(10_000_000, 99_999_999)}"


def swapped_digits(rng: random.Random, number: str) -> str:
    """Return a number with two neighbouring, different digits exchanged; the same number where all are equal."""
    places = [at for at in range(2, len(number) - 1) if number[at] != number[at + 1]]
    if not places:
        return number
    at = rng.choice(places)
    return f"{number[:at]}{number[at + 1]}{number[at]}{number[at + 2 :]}"


def mistyped_name(rng: random.Random, text: str) -> str:
    """Return a name with one letter lost or doubled, not the first."""
    if len(text) < 5:
        return text
    at = rng.randrange(2, len(text) - 1)
    return text[:at] + text[at + 1 :] if rng.random() < 0.6 else text[:at] + text[at] + text[at:]
