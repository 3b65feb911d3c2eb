import csv
import datetime as dt
import random
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from beneficiaries.demo import RegisterFiles, write_register
from beneficiaries.demo.names import in_latin
from beneficiaries.demo.register import HOUSEHOLD_COLUMNS, INDIVIDUAL_COLUMNS
from beneficiaries.demo.rows import birth_date_again
from beneficiaries.models import Disability, Dwelling, Individual, Membership
from ministry.countries import egypt

ON = dt.date(2026, 11, 1)
HOUSEHOLDS = 1200
_WESTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> RegisterFiles:
    return write_register(tmp_path_factory.mktemp("register"), households=HOUSEHOLDS, seed=7, on=ON)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def households(files) -> list[dict[str, str]]:
    return rows(files.households)


@pytest.fixture(scope="module")
def people(files) -> list[dict[str, str]]:
    return rows(files.individuals)


@pytest.fixture(scope="module")
def families(people) -> list[list[dict[str, str]]]:
    by_household = defaultdict(list)
    for person in people:
        by_household[person["household_ref"]].append(person)
    return list(by_household.values())


class TestFiles:
    def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_processes(self, files, tmp_path):
        again = write_register(tmp_path, households=HOUSEHOLDS, seed=7, on=ON, processes=2)
        for name in ("households", "individuals", "truth", "formal_income"):
            assert getattr(files, name).read_bytes() == getattr(again, name).read_bytes()

    def test_another_seed_gives_other_people(self, files, tmp_path):
        other = write_register(tmp_path, households=HOUSEHOLDS, seed=8, on=ON)
        assert other.individuals.read_bytes() != files.individuals.read_bytes()

    def test_holds_as_many_households_as_asked_for_with_one_head_each(self, households, families):
        assert len(households) == len({row["household_ref"] for row in households}) == len(families) == HOUSEHOLDS
        assert {sum(person["relationship"] == "head" for person in family) for family in families} == {1}

    def test_has_the_columns_of_the_import_template(self, households, people):
        assert tuple(households[0]) == HOUSEHOLD_COLUMNS
        assert tuple(people[0]) == INDIVIDUAL_COLUMNS

    def test_uses_only_codes_the_registry_knows(self, households, people):
        for column, choices in (
            ("tenure", Dwelling.Tenure),
            ("wall", Dwelling.Wall),
            ("floor", Dwelling.Floor),
            ("roof", Dwelling.Roof),
            ("water", Dwelling.Water),
            ("sanitation", Dwelling.Sanitation),
            ("electricity", Dwelling.Electricity),
            ("cooking_fuel", Dwelling.CookingFuel),
            ("waste", Dwelling.Waste),
        ):
            assert {row[column] for row in households} <= set(choices.values), column
        assert {row["governorate_code"] for row in households} <= {area.code for area in egypt.GOVERNORATES}
        assert {row["relationship"] for row in people} <= set(Membership.Relationship.values)
        assert {row["marital_status"] for row in people} <= set(Individual.MaritalStatus.values)
        domains = {entry.split(":")[0] for row in people for entry in row["disability"].split(";") if entry}
        assert domains <= set(Disability.Domain.values)

    def test_refuses_a_size_there_are_no_numbers_for(self, tmp_path):
        with pytest.raises(ValueError, match="1 to 1,250,000"):
            write_register(tmp_path, households=1_250_001, seed=1, on=ON)


class TestPeople:
    def test_national_numbers_agree_with_birth_date_and_sex_but_for_slips(self, people):
        numbered = [row for row in people if row["national_id"] and row["birth_date"]]
        wrong = 0
        for row in numbered:
            number = egypt.read_national_id(row["national_id"].translate(_WESTERN))
            wrong += bool(number.problem or number.sex != row["sex"] or str(number.birth_date) != row["birth_date"])
        assert len(numbered) > 0.93 * len(people)
        assert 0 < wrong < 0.02 * len(numbered)

    def test_the_same_number_twice_is_the_same_person_or_a_copied_line(self, files, people):
        by_number = defaultdict(set)
        for row in people:
            if row["national_id"]:
                by_number[row["national_id"].translate(_WESTERN)].add(row["person_ref"])
        twice = [refs for refs in by_number.values() if len(refs) > 1]
        known = {(row["person_a"], row["person_b"]) for row in rows(files.truth)}
        explained = [refs for refs in twice if any({*pair} <= refs for pair in known)]
        assert len(explained) > 20
        # Copied lines lie in one household: child and brother with one number.
        for refs in twice:
            if refs not in explained:
                assert len({ref.rsplit("-", 1)[0] for ref in refs}) == 1

    def test_nobody_is_born_after_the_register_and_no_child_before_its_mother_was_fifteen(self, families):
        for family in families:
            born = [row["birth_date"] for row in family if row["birth_date"]]
            assert max(born, default="") < ON.isoformat()
            wives = [row["birth_date"] for row in family if row["relationship"] == "spouse" and row["birth_date"]]
            children = [row["birth_date"] for row in family if row["relationship"] == "child" and row["birth_date"]]
            # A birth date mistyped by a year, or as the first of January, may add one or two.
            if wives and children:
                assert int(min(children)[:4]) - int(wives[0][:4]) >= 15 - 2

    def test_children_bear_their_fathers_name(self, families):
        checked = strange = 0
        for family in families:
            head = next(row for row in family if row["relationship"] == "head")
            for row in family:
                if row["relationship"] != "child" or head["sex"] != "M" or row["full_name"].isascii():
                    continue
                if head["full_name"].isascii() or "عبد" in head["full_name"]:
                    continue
                checked += 1
                strange += _folded(head["full_name"].split()[0])[:3] not in _folded(row["full_name"])
        assert checked > 500
        # Typing slips only.
        assert strange < 0.01 * checked

    def test_only_married_women_of_childbearing_age_are_pregnant(self, people):
        expecting = [row for row in people if row["pregnant"] == "1"]
        assert expecting
        assert {(row["sex"], row["marital_status"]) for row in expecting} == {("F", "married")}

    def test_poor_governorates_have_fewer_computers(self, households):
        def share(codes: set[str]) -> float:
            chosen = [row for row in households if row["governorate_code"] in codes]
            return sum(row["computer"] == "1" for row in chosen) / len(chosen)

        assert share({"EG-AST", "EG-SHG", "EG-MN"}) < share({"EG-C", "EG-GZ", "EG-GH", "EG-ALX"})

    def test_truth_names_pairs_of_rows_that_exist(self, files, people):
        refs = {row["person_ref"] for row in people}
        truth = rows(files.truth)
        assert len(truth) > 30
        for row in truth:
            assert row["person_a"] < row["person_b"]
            assert {row["person_a"], row["person_b"]} <= refs

    def test_the_insurance_fund_answers_for_most_and_knows_an_income_of_some(self, files, people):
        answers = {row["person_ref"]: int(row["formal_income_monthly"]) for row in rows(files.formal_income)}
        assert 0.95 < len(answers) / len(people) < 1
        assert Counter(income > 0 for income in answers.values())[True] > 30


def _folded(text: str) -> str:
    return text.translate(str.maketrans("أإآىة", "ااايه")).replace("ـ", "").replace(" ", "")


@pytest.mark.parametrize(
    ("name", "latin"), [("محمد عبد الرحمن", "Mohamed Abd Elrahman"), ("زكي", "Zaki"), ("القط", "Elkat")]
)
def test_writes_names_in_latin_letters(name, latin):
    assert in_latin(name) == latin


def test_no_slip_puts_a_birth_into_the_future():
    rng = random.Random(3)
    typed = {birth_date_again(rng, dt.date(2026, 5, 12), age=0)[0] for _ in range(2_000)}
    assert max(typed) <= ON.isoformat()
    # Those of others are still exchanged.
    assert {birth_date_again(rng, dt.date(2020, 5, 12), age=6)[1] for _ in range(2_000)} >= {"day_and_month", "year"}
