"""Jordan."""

import datetime as dt

from ministry.countries.pack import CountryPack, Governorate, NationalId

GOVERNORATES = (
    Governorate("JO-AM", "العاصمة", "Amman"),
    Governorate("JO-IR", "إربد", "Irbid"),
    Governorate("JO-AZ", "الزرقاء", "Zarqa"),
    Governorate("JO-BA", "البلقاء", "Balqa"),
    Governorate("JO-MA", "المفرق", "Mafraq"),
    Governorate("JO-JA", "جرش", "Jerash"),
    Governorate("JO-AJ", "عجلون", "Ajloun"),
    Governorate("JO-MD", "مادبا", "Madaba"),
    Governorate("JO-KA", "الكرك", "Karak"),
    Governorate("JO-AT", "الطفيلة", "Tafilah"),
    Governorate("JO-MN", "معان", "Ma'an"),
    Governorate("JO-AQ", "العقبة", "Aqaba"),
)


def read_national_id(number: str) -> NationalId:
    """Read a Jordanian national number: ten digits beginning with 2 or 9 that say nothing of the person.

    Source: Civil Status and Passports Department, structure of the national number.
    """
    if len(number) != 10 or not number.isascii() or not number.isdigit():
        return NationalId(problem="length")
    if number[0] not in "29":
        return NationalId(problem="century")
    return NationalId()


JORDAN = CountryPack(
    code="JO",
    name_ar="المملكة الأردنية الهاشمية",
    name_en="Jordan",
    currency="JOD",
    minor_units=3,
    currency_ar="دينار",
    currency_en="dinars",
    weekend=(5, 6),
    time_zone="Asia/Amman",
    opens_at=dt.time(8, 30),
    closes_at=dt.time(15, 30),
    phone_region="JO",
    months="levantine",
    governorates=GOVERNORATES,
    holidays_language="ar",
    national_id_length=10,
    read_national_id=read_national_id,
)
