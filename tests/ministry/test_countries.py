"""National numbers and money of the model countries."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ministry.countries import PACKS
from ministry.countries.egypt import EGYPT, check_digit, read_national_id


def number(first_thirteen: str) -> str:
    return first_thirteen + str(check_digit(first_thirteen))


class TestEgyptianNationalNumber:
    def test_tells_birth_date_sex_and_governorate(self):
        read = read_national_id(number("2850315250123"))
        assert read.is_well_formed
        assert (read.birth_date, read.sex, read.governorate_code) == (dt.date(1985, 3, 15), "M", "EG-AST")

    @pytest.mark.parametrize(
        ("value", "problem"),
        [
            ("2850315250123", "length"),
            ("٢٨٥٠٣١٥٢٥٠١٢٣٤", "length"),
            (number("4850315250123"), "century"),
            (number("2850230250123"), "birth_date"),
            (number("2850315990123"), "governorate"),
            ("2850315250123" + str((check_digit("2850315250123") + 1) % 10), "check_digit"),
        ],
    )
    def test_names_what_is_wrong(self, value, problem):
        assert read_national_id(value).problem == problem

    @given(st.text(max_size=20))
    def test_never_fails_on_anything_typed(self, value):
        for pack in PACKS.values():
            pack.read_national_id(value)

    def test_sees_every_single_wrong_digit_unless_the_check_digit_is_the_ambiguous_one(self):
        # Remainders 0 and 10 both give the check digit 1; with any other a single slip always shows.
        right = number("2850315250125")
        assert right[-1] != "1"
        slips = [
            right[:position] + str((int(right[position]) + change) % 10) + right[position + 1 :]
            for position in range(14)
            for change in range(1, 10)
        ]
        assert not any(read_national_id(slip).is_well_formed for slip in slips)


@pytest.mark.parametrize(("country", "amount", "rounded"), [("EG", "10.005", "10.01"), ("JO", "10.0005", "10.001")])
def test_money_is_rounded_half_up_to_the_minor_unit(country, amount, rounded):
    assert PACKS[country].round_money(Decimal(amount)) == Decimal(rounded)


def test_every_pack_has_its_governorates_once():
    for pack in PACKS.values():
        codes = [governorate.code for governorate in pack.governorates]
        assert len(codes) == len(set(codes))
    assert len(EGYPT.governorates) == 27
