"""What a country pack holds."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple


@dataclass(frozen=True)
class Governorate:
    """A first-level area: ISO 3166-2 code, names, and the two digits national numbers use for it, where they do."""

    code: str
    name_ar: str
    name_en: str
    id_code: str = ""


class NationalId(NamedTuple):
    """What a national number says by itself.

    `problem` is empty when the number is well formed, else one of: length, century, birth_date, governorate,
    check_digit. A number with a wrong check digit still tells birth date, sex and governorate.
    """

    problem: str = ""
    birth_date: dt.date | None = None
    sex: str = ""
    governorate_code: str = ""

    @property
    def is_well_formed(self) -> bool:
        return not self.problem


@dataclass(frozen=True)
class CountryPack:
    """Everything in which one country's ministry differs from another's."""

    code: str
    name_ar: str
    name_en: str
    currency: str
    # Decimals of the currency: 2 for EGP, 3 for JOD and BHD.
    minor_units: int
    currency_ar: str
    currency_en: str
    # ISO weekdays, Monday = 1.
    weekend: tuple[int, ...]
    time_zone: str
    opens_at: dt.time
    closes_at: dt.time
    # Region code for parsing phone numbers.
    phone_region: str
    # Which month names Arabic dates use: "egyptian" (نوفمبر) or "levantine" (تشرين الثاني).
    months: str
    governorates: tuple[Governorate, ...]
    # Language of the `holidays` package that gives Arabic names.
    holidays_language: str
    national_id_length: int
    # Reads a number made of Western digits only.
    read_national_id: Callable[[str], NationalId]

    def round_money(self, amount: Decimal) -> Decimal:
        """Return `amount` in the currency's minor unit, half up."""
        return amount.quantize(Decimal(1).scaleb(-self.minor_units), rounding=ROUND_HALF_UP)
