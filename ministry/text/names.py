"""Names in any spelling: one key for spellings of the same letters, one consonant skeleton for both scripts.

* The **key** folds what typists vary without thinking: hamza, ta marbuta, alef maqsura, tatweel, diacritics, foreign
  digits and letter forms, spaces in «عبد الرحمن», «أبو زيد», «فتح الله», «علاء الدين».
* The **skeletons**, one per part of the key, keep only consonants, in Latin letters, so that «محمد» meets Mohamed and
  Muhammad. They are for finding, not for telling apart: محمود has the same one.

Both are idempotent, and a function of the text alone.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

# Rises whenever any name would get another key or skeleton.
NORMALISER_VERSION = 1


def _span(*ranges: tuple[int, int]) -> Iterable[int]:
    for first, last in ranges:
        yield from range(first, last + 1)


# Letter forms of neighbouring languages and of Latin, which do not decompose by themselves.
_FORMS = {
    "ا": "ٱٲٳٵ",
    "ي": "ىیۍېےۓ",
    "و": "ۄۅۆۇۈۉۊۋ",
    "ه": "ةہھەۀۃۂ",
    "ك": "کڪگݣ",
    "ب": "پ",
    "ج": "چ",
    "ز": "ژ",
    "ف": "ڤڥ",
    "ق": "ڨ",
    "o": "øØ",
    "l": "łŁ",
    "d": "đĐðÐ",
    "t": "þÞ",
    "i": "ı",
    "e": "æÆœŒ",
    "s": "ß",
}


def _letters() -> dict[int, str | None]:
    """Return what becomes of single characters, after compatibility decomposition (which parts hamzas and accents)."""
    removed = _span(
        (0x0000, 0x0008), (0x000E, 0x001B), (0x007F, 0x0084), (0x0086, 0x009F), (0x00AD, 0x00AD),
        (0x0300, 0x036F), (0x02B0, 0x02FF),
        (0x0610, 0x061A), (0x061C, 0x061C), (0x0621, 0x0621), (0x0640, 0x0640), (0x064B, 0x065F),
        (0x0670, 0x0670), (0x0674, 0x0674), (0x06D6, 0x06DC), (0x06DF, 0x06E8), (0x06EA, 0x06ED),
        (0x08D3, 0x08FF), (0x180B, 0x180E), (0x200B, 0x200F), (0x2018, 0x201F), (0x202A, 0x202E), (0x2060, 0x206F),
        (0xD800, 0xDFFF), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFD),
    )  # fmt: skip
    spaces = _span(
        (0x0009, 0x000D), (0x001C, 0x001F), (0x0085, 0x0085), (0x00A1, 0x00A9), (0x00AB, 0x00AC), (0x00AE, 0x00B1),
        (0x00B4, 0x00BF), (0x0600, 0x060F), (0x061B, 0x061B), (0x061D, 0x061F), (0x066A, 0x066D), (0x06D4, 0x06D4),
        (0x06DD, 0x06DE), (0x06E9, 0x06E9), (0x1680, 0x1680), (0x2000, 0x200A), (0x2010, 0x2017), (0x2020, 0x2029),
        (0x202F, 0x205F),
        (0x3000, 0x3002),
    )  # fmt: skip
    table: dict[int, str | None] = dict.fromkeys(removed)
    table |= dict.fromkeys(spaces, " ")
    table |= {ord(character): " " for character in "!#$%&()*+,-./:;<=>?@[\\]^_{|}~"}
    table |= {ord(character): None for character in "'`\"«»"}
    table |= {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
    table |= {ord(form): letter for letter, forms in _FORMS.items() for form in forms}
    table |= {0x0660 + value: str(value) for value in range(10)} | {0x06F0 + value: str(value) for value in range(10)}
    return table


_LETTERS = _letters()

# «بن» between two parts says no more than the order of the parts does.
_SON_OF = re.compile(r"(?: (?:بن|ابن|بنت|bin|ibn|bint))+(?= )")
_ARTICLE = re.compile(r"(^| )(ال|al|el) ")
_SECOND_HALF = re.compile(r" (?=(?:الله|الدين|الحق|الرب|allah|ullah|eldin|aldin|eldeen|aldeen|uddin)(?: |$))")
_SERVANT_OF = re.compile(r"(^| )(?:(عبد) (?=ال|رب|[a-z])|(abd|abdul|abdel|abdal) )")
_FATHER_OR_MOTHER_OF = re.compile(r"(^| )(ابو|ام|abou|abu|abo|om|um|umm|omm) ")


def name_key(name: str) -> str:
    """Return the name with its spelling variants folded and its compounds joined; empty for an empty name."""
    text = unicodedata.normalize("NFKD", name).translate(_LETTERS)
    text = " ".join(text.split())
    if " " not in text:
        return text
    text = _SON_OF.sub("", text)
    text = _ARTICLE.sub(r"\1\2", text)
    text = _SECOND_HALF.sub("", text)
    text = _SERVANT_OF.sub(r"\1\2\3", text)
    return _FATHER_OR_MOTHER_OF.sub(r"\1\2", text)


_CONSONANTS = {
    ord(letter): sound
    for letters, sound in (
        ("بپ", "b"), ("ت", "t"), ("ث", "th"), ("ج", "g"), ("حه", "h"), ("خ", "k"), ("دض", "d"), ("ذزظ", "z"),
        ("ر", "r"), ("سص", "s"), ("ش", "x"), ("ط", "t"), ("غ", "g"), ("ف", "f"), ("قك", "k"), ("ل", "l"), ("م", "m"),
        ("ن", "n"), ("اويع", ""), ("aeiouyw", ""), ("j", "g"), ("qc", "k"), ("v", "f"), ("p", "b"),
    )
    for letter in letters
}  # fmt: skip
# Latin pairs of letters for one Arabic letter; the vowel-less skeleton would take them for two.
_PAIRS = re.compile("kh|gh|sh|ch|ph|dh|x")
_PAIR_SOUNDS = {"kh": "k", "gh": "g", "sh": "ش", "ch": "ش", "ph": "f", "dh": "d", "x": "ks"}
_ARTICLE_BEFORE_NAME = re.compile(r"^(?:ال|al|el)(?=\w{3})")
_DOUBLED = re.compile(r"(.)\1+")
# What is left of a name of vowels only (آية, Aya): such names still have to be found.
_VOWELS_ONLY = "a"
_SKELETON_LENGTH = 60


def skeleton(part: str) -> str:
    """Return the consonants of one part of a name key, in Latin letters, the same for Arabic and Latin spellings.

    The article is left off at the front and after «عبد»; a doubled letter counts once; an «h» at the end (ة, Sarah) is
    left off where two consonants remain or none.
    """
    bare = _ARTICLE_BEFORE_NAME.sub("", part)
    sounds = _PAIRS.sub(lambda pair: _PAIR_SOUNDS[pair.group()], bare).translate(_CONSONANTS)
    sounds = _DOUBLED.sub(r"\1", sounds)
    if sounds.endswith("h") and len(sounds) != 2:
        sounds = sounds[:-1]
    if sounds.startswith("bdl") and len(sounds) > 3:
        sounds = _DOUBLED.sub(r"\1", "bd" + sounds[3:])
    return sounds[:_SKELETON_LENGTH] or _VOWELS_ONLY


def name_skeletons(name: str) -> list[str]:
    """Return the skeleton of each part of the name, in order."""
    return [skeleton(part) for part in name_key(name).split(" ") if part]


# What stands for «some neighbour» when a part is learnt: plain, with the article, «رب», Latin.
_NEIGHBOURS = ("ف", "الف", "رب", "f")


class _Part(NamedTuple):
    """What one part of a name, as typed, turns into."""

    keys: str
    skeletons: tuple[str, ...]
    # May join, or vanish, with the part after it; with the part before it.
    touches_next: bool = False
    touches_previous: bool = False


class NameKeys:
    """`name_key` and `name_skeletons` for many names: each distinct part is worked out once.

    A register has few distinct parts (some 3,000 in 20,000 names), so a name costs one look-up a part. Parts that
    depend on their neighbours («عبد», «الدين», «بن») are worked out together with them, once for each such group.
    """

    # Parts remembered at most: far more than there are names, so that only rubbish makes it forget.
    CAPACITY = 500_000

    def __init__(self) -> None:
        self._parts: dict[str, _Part] = {}
        # Key and skeleton of parts that stand for themselves; the others.
        self._keys: dict[str, str] = {}
        self._skeletons: dict[str, str] = {}
        self._touching: set[str] = set()

    def __call__(self, name: str) -> tuple[str, list[str]]:
        """Return (key, skeletons) of one name."""
        typed = name.split()
        if self._touching.isdisjoint(typed):
            try:
                return " ".join(map(self._keys.__getitem__, typed)), list(map(self._skeletons.__getitem__, typed))
            except KeyError:
                pass
        parts = self._grouped(typed)
        return (
            " ".join([part.keys for part in parts if part.keys]),
            [skeleton for part in parts for skeleton in part.skeletons],
        )

    def _grouped(self, typed: list[str]) -> list[_Part]:
        """Return the parts, with those that touch taken together."""
        known = self._parts
        if len(known) > self.CAPACITY:
            for memory in (known, self._keys, self._skeletons, self._touching):
                memory.clear()
        together: list[_Part] = []
        group = ""
        reaches_on = False
        for text in typed:
            part = known.get(text) or self._remember(text)
            if together and (reaches_on or part.touches_previous):
                group = f"{group} {text}"
                together[-1] = known.get(group) or known.setdefault(group, self._read(group))
            else:
                group = text
                together.append(part)
            # Whether the group reaches on is for its newest part to say.
            reaches_on = part.touches_next
        return together

    def _remember(self, text: str) -> _Part:
        part = self._parts[text] = self._learn(text)
        if part.touches_next or part.touches_previous:
            self._touching.add(text)
        else:
            self._keys[text] = part.keys
            (self._skeletons[text],) = part.skeletons
        return part

    @staticmethod
    def _read(text: str) -> _Part:
        key = name_key(text)
        return _Part(key, tuple(skeleton(part) for part in key.split(" ") if part))

    @classmethod
    def _learn(cls, part: str) -> _Part:
        key = name_key(part)
        touches_next = touches_previous = False
        for neighbour in _NEIGHBOURS:
            touches_next |= name_key(f"{part} {neighbour}") != f"{key} {neighbour}"
            touches_next |= name_key(f"ف {part} {neighbour}") != f"{name_key(f'ف {part}')} {neighbour}"
            touches_previous |= name_key(f"ف {part} {neighbour}") != f"ف {name_key(f'{part} {neighbour}')}"
            touches_previous |= name_key(f"{neighbour} {part}") != f"{neighbour} {key}"
        if not key or " " in key:  # punctuation by itself, or within
            touches_next = touches_previous = True
        return cls._read(part)._replace(touches_next=touches_next, touches_previous=touches_previous)
