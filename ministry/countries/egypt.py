"""Egypt."""

import datetime as dt
from functools import lru_cache
from operator import mul

from ministry.countries.pack import CountryPack, Governorate, NationalId

GOVERNORATES = (
    Governorate("EG-C", "القاهرة", "Cairo", "01"),
    Governorate("EG-ALX", "الإسكندرية", "Alexandria", "02"),
    Governorate("EG-PTS", "بورسعيد", "Port Said", "03"),
    Governorate("EG-SUZ", "السويس", "Suez", "04"),
    Governorate("EG-DT", "دمياط", "Damietta", "11"),
    Governorate("EG-DK", "الدقهلية", "Dakahlia", "12"),
    Governorate("EG-SHR", "الشرقية", "Sharqia", "13"),
    Governorate("EG-KB", "القليوبية", "Qalyubia", "14"),
    Governorate("EG-KFS", "كفر الشيخ", "Kafr El Sheikh", "15"),
    Governorate("EG-GH", "الغربية", "Gharbia", "16"),
    Governorate("EG-MNF", "المنوفية", "Menoufia", "17"),
    Governorate("EG-BH", "البحيرة", "Beheira", "18"),
    Governorate("EG-IS", "الإسماعيلية", "Ismailia", "19"),
    Governorate("EG-GZ", "الجيزة", "Giza", "21"),
    Governorate("EG-BNS", "بني سويف", "Beni Suef", "22"),
    Governorate("EG-FYM", "الفيوم", "Fayoum", "23"),
    Governorate("EG-MN", "المنيا", "Minya", "24"),
    Governorate("EG-AST", "أسيوط", "Asyut", "25"),
    Governorate("EG-SHG", "سوهاج", "Sohag", "26"),
    Governorate("EG-KN", "قنا", "Qena", "27"),
    Governorate("EG-ASN", "أسوان", "Aswan", "28"),
    Governorate("EG-LX", "الأقصر", "Luxor", "29"),
    Governorate("EG-BA", "البحر الأحمر", "Red Sea", "31"),
    Governorate("EG-WAD", "الوادي الجديد", "New Valley", "32"),
    Governorate("EG-MT", "مطروح", "Matrouh", "33"),
    Governorate("EG-SIN", "شمال سيناء", "North Sinai", "34"),
    Governorate("EG-JS", "جنوب سيناء", "South Sinai", "35"),
)
BORN_ABROAD = "88"
CHECK_WEIGHTS = (2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)

_CENTURIES = {"2": 1900, "3": 2000}
_ZEROS = ord("0") * sum(CHECK_WEIGHTS)
_BY_ID_CODE = {governorate.id_code: governorate.code for governorate in GOVERNORATES}


def check_digit(first_thirteen: str) -> int:
    """Return the fourteenth digit that belongs to the first thirteen.

    Weighted sum modulo 11, taken from 11, last digit. Source: as observed on issued cards; the Civil Status
    Organisation has not published the rule, so a mismatch makes a number doubtful, never refused.
    """
    # The digits' codes instead of their values: registers have millions of numbers.
    total = sum(map(mul, CHECK_WEIGHTS, first_thirteen.encode())) - _ZEROS
    return (11 - total % 11) % 10


@lru_cache(maxsize=65_536)
def _birth_date(seven: str) -> dt.date | None:
    try:
        return dt.date(_CENTURIES[seven[0]] + int(seven[1:3]), int(seven[3:5]), int(seven[5:7]))
    except ValueError:
        return None


def read_national_id(number: str) -> NationalId:
    """Read an Egyptian national number: century, birth date, governorate of birth, serial (odd = male), check digit.

    Source: Civil Status Law 143/1994 and the number's printed structure.
    """
    if len(number) != 14 or not number.isascii() or not number.isdigit():
        return NationalId(problem="length")
    if number[0] not in _CENTURIES:
        return NationalId(problem="century")
    sex = "M" if number[12] in "13579" else "F"
    birth_date = _birth_date(number[:7])
    if birth_date is None:
        return NationalId(problem="birth_date", sex=sex)
    governorate = _BY_ID_CODE.get(number[7:9], "")
    if not governorate and number[7:9] != BORN_ABROAD:
        return NationalId(problem="governorate", birth_date=birth_date, sex=sex)
    problem = "" if check_digit(number[:13]) == int(number[13]) else "check_digit"
    return NationalId(problem=problem, birth_date=birth_date, sex=sex, governorate_code=governorate)


EGYPT = CountryPack(
    code="EG",
    name_ar="جمهورية مصر العربية",
    name_en="Egypt",
    currency="EGP",
    minor_units=2,
    currency_ar="جنيه",
    currency_en="pounds",
    weekend=(5, 6),
    time_zone="Africa/Cairo",
    opens_at=dt.time(9),
    closes_at=dt.time(15),
    phone_region="EG",
    months="egyptian",
    governorates=GOVERNORATES,
    holidays_language="ar_EG",
    national_id_length=14,
    read_national_id=read_national_id,
)
