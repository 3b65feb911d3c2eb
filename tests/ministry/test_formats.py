"""Numbers, money and dates in both languages, and in the country's own words."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils.translation import override

from ministry import formats
from ministry.digits import plain_number, western


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (1284, None, "1,284"),
        (Decimal("12.50"), None, "12.50"),
        (Decimal("2.005"), 2, "2.01"),
        (-7, None, "−7"),
        (0, None, "0"),
        (None, None, ""),
    ],
)
def test_numbers_are_grouped_and_rounded_half_up(value, places, expected):
    with override("en"):
        assert formats.number(value, places) == expected


@pytest.mark.parametrize(
    ("country", "expected"), [("EG", "1,234.50\u00a0ج.م"), ("JO", "1,234.500\u00a0د.أ"), ("BH", "1,234.500\u00a0د.ب")]
)
def test_money_has_the_decimals_of_its_currency(settings, country, expected):
    settings.COUNTRY = country
    with override("ar"):
        assert expected in formats.money(Decimal("1234.5"))


@pytest.mark.parametrize(("country", "expected"), [("EG", "21 نوفمبر 2026"), ("JO", "21 تشرين الثاني 2026")])
def test_months_have_the_names_of_the_country(settings, country, expected):
    settings.COUNTRY = country
    with override("ar"):
        assert formats.day(dt.date(2026, 11, 21)) == expected


def test_arabic_digits_are_a_setting_of_the_deployment_and_leave_english_alone(settings):
    settings.DIGITS = "arabic"
    with override("ar"):
        assert formats.number(Decimal("1284.5")) == "١٬٢٨٤٫٥"
        assert formats.day(dt.date(2026, 3, 1)) == "١ مارس ٢٠٢٦"
    with override("en"):
        assert formats.number(1284) == "1,284"


def test_signs_and_ranges_keep_their_order():
    assert formats.signed(Decimal("3.1"), "%") == '<bdi dir="ltr">+3.1%</bdi>'
    assert formats.signed(-2) == '<bdi dir="ltr">−2</bdi>'


def test_all_but_the_last_figures_are_masked():
    assert formats.masked("29801011234567") == '<bdi dir="ltr">••••••4567</bdi>'
    assert formats.masked("123") == '<bdi dir="ltr">123</bdi>'


@pytest.mark.parametrize(("count", "expected"), [(0, "0"), (1, "&lt;10"), (9, "&lt;10"), (10, "10")])
def test_counts_below_the_threshold_are_not_told(count, expected):
    assert expected in formats.suppressed(count)


def test_every_kind_of_digit_is_read():
    assert western("٠١٢۳۴٥") == "012345"
    assert plain_number("١٬٢٥٠٫٥٠") == "1250.50"
    assert plain_number("1,250.50") == "1250.50"
