"""Bahrain."""

import datetime as dt

from ministry.countries.pack import CountryPack, Governorate, NationalId

GOVERNORATES = (
    Governorate("BH-13", "محافظة العاصمة", "Capital"),
    Governorate("BH-15", "محافظة المحرق", "Muharraq"),
    Governorate("BH-17", "المحافظة الشمالية", "Northern"),
    Governorate("BH-14", "المحافظة الجنوبية", "Southern"),
)


def read_national_id(number: str) -> NationalId:
    """Read a Bahraini personal number (CPR): nine digits, the first four year and month of birth.

    The day and the century are not in the number, so no birth date is told. Source: Information & eGovernment
    Authority, structure of the personal number.
    """
    if len(number) != 9 or not number.isascii() or not number.isdigit():
        return NationalId(problem="length")
    if not 1 <= int(number[2:4]) <= 12:
        return NationalId(problem="birth_date")
    return NationalId()


BAHRAIN = CountryPack(
    code="BH",
    name_ar="مملكة البحرين",
    name_en="Bahrain",
    currency="BHD",
    minor_units=3,
    currency_ar="دينار",
    currency_en="dinars",
    weekend=(5, 6),
    time_zone="Asia/Bahrain",
    opens_at=dt.time(7),
    closes_at=dt.time(14),
    phone_region="BH",
    months="egyptian",
    governorates=GOVERNORATES,
    holidays_language="ar",
    national_id_length=9,
    read_national_id=read_national_id,
)
