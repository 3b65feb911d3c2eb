import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ministry.text import NameKeys, clean, digits, fold_digits, is_dialable, name_key, name_skeletons, phone_key
from tests.shared_register import shared_register

TYPED = """
عبد ال الرحمن رب ربه أبو ابو أم الله الدين بن ابن محمد أحمد ـ ء ة ى يحيى آية ف و ١٢ ﷲ ﻻ
El abd el Abdul abou bin Mohamed uddin - é ' ß İ f
"""
PIECES = [*TYPED.split(), " ", "  ", "\u200f", "\t", "\x1f", "\xa0"]
names = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    st.text(max_size=40),
)


class TestNameKey:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("أحمد", "احمد"),
            ("إسراء", "اسرا"),
            ("آية", "ايه"),
            ("فاطمة", "فاطمه"),
            ("مصطفى", "مصطفي"),
            ("فؤاد", "فواد"),
            ("نائل", "نايل"),
            ("مُحَمَّد", "محمد"),
            ("محـــمد", "محمد"),
            ("عبد الرحمن", "عبدالرحمن"),
            ("عبد  ال رحمن", "عبدالرحمن"),
            ("عبد ربه", "عبدربه"),
            ("أبو زيد", "ابوزيد"),
            ("أم كلثوم", "امكلثوم"),
            ("علاء الدين", "علاءالدين"),
            ("فتح الله", "فتحﷲ"),
            ("ابو عبد الله", "ابوعبدالله"),
            ("محمد بن أحمد", "محمد احمد"),
            ("کریم", "كريم"),
            ("Abd El-Halim", "ABDELHALIM"),
            ("José", "jose"),
            ("Al Sayed", "alsayed"),
            ("علي\u200f حسن\u0000", "علي حسن"),
            (" علي\t حسن ", "علي حسن"),
        ],
    )
    def test_folds_what_typists_vary(self, one, other):
        assert name_key(one) == name_key(other)

    @pytest.mark.parametrize(
        ("one", "other"), [("محمد", "محمود"), ("أحمد", "حمد"), ("سعيد", "سعد"), ("محمد بن", "محمد"), ("علي", "على حسن")]
    )
    def test_keeps_different_names_apart(self, one, other):
        assert name_key(one) != name_key(other)

    @given(names)
    def test_is_idempotent(self, name):
        assert name_key(name_key(name)) == name_key(name)

    @given(names)
    def test_has_single_spaces_and_none_at_the_ends(self, name):
        assert name_key(name) == " ".join(name_key(name).split())


class TestNameSkeletons:
    @pytest.mark.parametrize(
        ("arabic", "latin"),
        [
            ("محمد", "Mohamed"),
            ("محمد", "MUHAMMAD"),
            ("أحمد", "Ahmad"),
            ("عبد الرحمن", "Abdelrahman"),
            ("عبد الرحمن", "Abdurrahman"),
            ("عبد الله", "Abdalla"),
            ("عبد اللطيف", "Abdellatif"),
            ("فاطمة", "Fatimah"),
            ("سارة", "Sara"),
            ("سارة", "Sarah"),
            ("آية", "Aya"),
            ("آية", "Ayah"),
            ("طه", "Taha"),
            ("يحيى", "Yehia"),
            ("شيماء", "Shaymaa"),
            ("خديجة", "Khadija"),
            ("جمال", "Jamal"),
            ("جمال", "Gamal"),
            ("رمضان", "Ramadhan"),
            ("صلاح الدين", "Salah El-Din"),
            ("أبو الفتوح", "Abou Elfotouh"),
            ("الشريف", "Elsherif"),
            ("عثمان", "Othman"),
        ],
    )
    def test_meet_across_scripts(self, arabic, latin):
        assert name_skeletons(arabic) == name_skeletons(latin)

    def test_find_a_family_name_without_its_article(self):
        assert name_skeletons("شريف") == name_skeletons("الشريف")

    def test_give_every_part_something_to_be_found_by(self):
        assert name_skeletons("آية أوي يا") == ["a", "a", "a"]
        assert name_skeletons("") == []

    @given(names)
    def test_are_one_for_each_part_of_the_key(self, name):
        skeletons = name_skeletons(name)
        assert len(skeletons) == len(name_key(name).split())
        assert all(0 < len(skeleton) <= 60 for skeleton in skeletons)

    @given(names)
    def test_of_a_key_are_those_of_its_name(self, name):
        assert name_skeletons(name_key(name)) == name_skeletons(name)


class TestNameKeys:
    @given(st.lists(names, max_size=5))
    def test_give_for_many_names_what_each_gives_alone(self, several):
        keys = NameKeys()
        for name in several + several:
            assert keys(name) == (name_key(name), name_skeletons(name))

    def test_agree_on_every_name_of_the_register(self):
        keys = NameKeys()
        with shared_register("individuals.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for name in (row["full_name"], row["mother_name"]):
                    assert keys(name) == (name_key(name), name_skeletons(name))
                    assert name_key(name_key(name)) == name_key(name)

    def test_bring_latin_and_arabic_spellings_of_one_person_together(self):
        with shared_register("individuals.csv").open(encoding="utf-8", newline="") as file:
            typed = {row["person_ref"]: row["full_name"] for row in csv.DictReader(file)}
        shared = total = 0
        with shared_register("truth_pairs.csv").open(encoding="utf-8", newline="") as file:
            for pair in csv.DictReader(file):
                if pair["kind"].split(",")[0] == "latin":
                    one, other = (set(name_skeletons(typed[pair[side]])) for side in ("person_a", "person_b"))
                    shared += len(one & other)
                    total += min(len(one), len(other))
        assert shared / total > 0.97


class TestDigitsAndCells:
    def test_digits_of_three_scripts_are_one(self):
        assert digits("٠١٢-۳٤ 5x") == "012345"
        assert fold_digits("١٢٫٥ جنيه") == "12.5 جنيه"

    def test_cleaning_removes_what_cannot_be_seen_and_nothing_else(self):
        assert clean("\ufeff\u202bعلي\u200e  \u0000حسن\u202c\n بدر ") == "علي حسن بدر"

    @given(st.text(max_size=60))
    def test_cleaning_is_idempotent(self, value):
        assert clean(clean(value)) == clean(value)


class TestPhones:
    @pytest.mark.parametrize(
        "typed", ["01164462525", "+201164462525", "00201164462525", "201164462525", "٠١١٦٤٤٦٢٥٢٥", "0116 446-2525"]
    )
    def test_one_number_however_it_is_typed(self, typed):
        assert phone_key(typed, "EG") == "1164462525"
        assert is_dialable(typed, "EG")

    @pytest.mark.parametrize(
        ("typed", "region", "key"),
        [
            ("0791234567", "JO", "791234567"),
            ("+962791234567", "JO", "791234567"),
            ("36123456", "BH", "36123456"),
            ("+97336123456", "BH", "36123456"),
            ("+966501234567", "EG", "00966501234567"),
        ],
    )
    def test_other_countries(self, typed, region, key):
        assert phone_key(typed, region) == key

    @pytest.mark.parametrize("typed", ["", "123", "لا يوجد", "0000000000", "01164462525 / 01064462525", "9" * 40])
    def test_what_cannot_be_dialled_is_said_to_be_so(self, typed):
        assert not is_dialable(typed, "EG")
