"""Phones as typed, reduced to the national number, so that +20 10…, 0020 10… and ٠١٠… are one."""

import re

import phonenumbers

from ministry.countries import current
from ministry.text.cells import digits

# Longest number there is (ITU-T E.164); shorter than five digits is a service number, not a person's.
_LONGEST = 15
_SHORTEST = 5
# Types of numbers that can be dialled from anywhere in the country.
_KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)


class PhoneKeys:
    """Phone keys of one country (region of ISO 3166), each distinct number worked out once."""

    # Numbers remembered at most.
    CAPACITY = 500_000

    def __init__(self, region: str = "") -> None:
        self._region = region or current().phone_region
        self._calling_code = str(phonenumbers.country_code_for_region(self._region))
        self._trunk = phonenumbers.ndd_prefix_for_region(self._region, True) or ""
        self._patterns = _patterns(self._region)
        self._known: dict[str, tuple[str, bool]] = {}

    def __call__(self, phone: str) -> tuple[str, bool]:
        """Return (key, whether it can be dialled). An unusable entry has the key of its digits, or none."""
        try:
            return self._known[phone]
        except KeyError:
            if len(self._known) > self.CAPACITY:
                self._known.clear()
            answer = self._known[phone] = self._read(phone)
            return answer

    def _read(self, phone: str) -> tuple[str, bool]:
        number = digits(phone)
        if phone.lstrip().startswith("+"):
            international = True
        elif number.startswith("00"):
            number, international = number[2:], True
        else:
            # Written with the calling code but no plus: longer than any national number.
            international = number.startswith(self._calling_code) and self._fits(number[len(self._calling_code) :])
        if international and number.startswith(self._calling_code):
            number = number[len(self._calling_code) :]
        elif international:
            return self._read_foreign(number)
        if self._trunk and number.startswith(self._trunk):
            number = number[len(self._trunk) :]
        if not _SHORTEST <= len(number) <= _LONGEST:
            return "", False
        return number, self._fits(number)

    @staticmethod
    def _read_foreign(number: str) -> tuple[str, bool]:
        """Read a number of another country: its key keeps the calling code, after two zeros."""
        try:
            parsed = phonenumbers.parse(f"+{number}")
        except phonenumbers.NumberParseException:
            return "", False
        usable = phonenumbers.is_possible_number(parsed)
        return (f"00{number}" if usable else "", usable)

    def _fits(self, national: str) -> bool:
        return bool(self._patterns.fullmatch(national))


def _patterns(region: str) -> re.Pattern[str]:
    """Return what the national numbers of a region look like, of any type: what `is_valid_number` asks, at once."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    kinds = (getattr(metadata, kind) for kind in _KINDS)
    return re.compile("|".join(f"(?:{kind.national_number_pattern})" for kind in kinds if kind is not None))


def phone_key(phone: str, region: str = "") -> str:
    """Return the national significant number (no calling code, no leading zero), or nothing where there is none."""
    return PhoneKeys(region)(phone)[0]


def is_dialable(phone: str, region: str = "") -> bool:
    """Return whether the entry is one telephone number that can exist."""
    return PhoneKeys(region)(phone)[1]
