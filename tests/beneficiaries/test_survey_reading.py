"""Fitting scores: errors, signs, naming the columns of a survey, reading it."""

import io
from decimal import Decimal

import numpy as np
import pytest

from beneficiaries.facts import CATALOGUE
from beneficiaries.fitting import errors
from beneficiaries.fitting.columns import problems, suggest
from beneficiaries.fitting.survey import halves, headings_of, read_survey
from beneficiaries.fitting.words import finding_sentence
from beneficiaries.imports.reading import UnreadableFile
from beneficiaries.models import ScoreTerm, ScoringModel
from beneficiaries.scores.signs import expected_sign
from beneficiaries.scores.words import in_words
from tests.beneficiaries.survey_files import COLUMNS, as_csv, rows

STATUS = ScoringModel.Status
T = ScoreTerm.Transform


def floats(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


class TestErrors:
    def test_exclusion_is_of_the_poor_and_inclusion_of_the_selected(self):
        poor = np.array([True, True, True, False, False, False])
        selected = np.array([True, False, False, True, False, False])
        found = errors.errors(poor, selected, floats(1, 1, 1, 1, 1, 1))
        assert found.exclusion == pytest.approx(2 / 3)
        assert found.inclusion == pytest.approx(1 / 2)

    def test_counts_by_the_weights_of_the_survey(self):
        poor, selected = np.array([True, True]), np.array([True, False])
        assert errors.errors(poor, selected, floats(1, 3)).exclusion == pytest.approx(0.75)

    def test_both_are_equal_when_as_many_are_selected_as_are_poor(self):
        chance = np.random.default_rng(3)
        actual, guess, weights = chance.normal(size=500), chance.normal(size=500), np.ones(500)
        found = errors.errors(errors.poorest(actual, weights, 0.2), errors.poorest(guess, weights, 0.2), weights)
        assert found.exclusion == pytest.approx(found.inclusion)

    def test_a_share_of_nobody_is_none(self):
        nobody = np.array([False, False])
        found = errors.errors(nobody, nobody, floats(1, 1))
        assert (found.exclusion, found.inclusion) == (None, None)

    def test_the_poorest_hold_at_least_the_share_asked_for(self):
        flags = errors.poorest(floats(3, 1, 2, 4), floats(1, 1, 1, 1), 0.3)
        assert flags.tolist() == [False, True, True, False]

    def test_ranks_of_equals_are_shared_and_order_alone_counts(self):
        assert errors.ranks(floats(5, 1, 5)).tolist() == [1.5, 0, 1.5]
        weights = floats(1, 1, 1, 1)
        assert errors.rank_correlation(floats(1, 2, 3, 4), floats(1, 10, 11, 900), weights) == pytest.approx(1)
        assert errors.rank_correlation(floats(1, 2, 3, 4), floats(7, 7, 7, 7), weights) is None

    def test_the_mean_explains_nothing(self):
        actual, weights = floats(1, 2, 3), floats(1, 1, 1)
        assert errors.r_squared(actual, floats(2, 2, 2), weights) == pytest.approx(0)
        assert errors.r_squared(actual, actual, weights) == pytest.approx(1)

    def test_calibration_loses_no_household(self):
        values = np.arange(57, dtype=float)
        tenths = errors.calibration(values, values, np.ones(57))
        assert sum(tenth.households for tenth in tenths) == 57
        assert [tenth.estimated for tenth in tenths] == sorted(tenth.estimated for tenth in tenths)


class TestSigns:
    @pytest.mark.parametrize(
        ("fact", "transform", "argument", "base", "sign"),
        [
            ("persons_per_room", "value", "", (), -1),
            ("persons_per_room", "at_least", "3", (), -1),
            ("persons_per_room", "equals", "3", (), 0),
            ("refrigerator", "equals", "yes", (), 1),
            ("refrigerator", "equals", "no", (), -1),
            ("floor", "equals", "earth", ("cement",), -1),
            ("floor", "equals", "tile", ("cement",), 1),
            ("floor", "equals", "cement", ("earth", "tile"), 0),
            ("floor", "equals", "other", ("earth",), 0),
            ("head_sex", "equals", "F", ("M",), 0),
            ("urban", "value", "", (), 0),
        ],
    )
    def test_says_what_is_sensible_and_nothing_else(self, fact, transform, argument, base, sign):
        assert expected_sign(ScoreTerm(fact=fact, transform=transform, argument=argument), base) == sign

    def test_a_contrary_weight_is_told(self):
        (told,) = in_words([ScoreTerm(fact="persons_per_room", transform="value", weight=Decimal(2))])
        assert told.is_contrary


class TestColumns:
    def test_proposes_by_code_usual_name_and_arabic_label(self):
        label = str(CATALOGUE["rooms"].label)
        assert suggest(["hhid", "Consumption", "hhsize", label, "whatever"]) == [
            "@ref", "@welfare", "members", "rooms", "",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "columns",
        [
            {"a": "@ref", "b": "members"},
            {"a": "@welfare", "b": "members"},
            {"a": "@ref", "b": "@welfare"},
            {"a": "@ref", "b": "@welfare", "c": "members", "d": "members"},
            {"a": "@ref", "b": "@welfare", "c": "floor", "d": "floor=earth"},
            {"a": "@ref", "b": "@welfare", "c": "members; DROP TABLE x"},
        ],
    )
    def test_refuses_what_cannot_be_read(self, columns):
        assert problems(columns)


class TestReadSurvey:
    def read(self, text: str, columns: dict[str, str]):
        return read_survey(io.BytesIO(text.encode()), columns)

    def test_names_bad_cells_by_row_column_and_reason_and_takes_them_as_not_known(self):
        text = "id,y,members,floor,urban\n1,10,three,marble,maybe\n2,11,2.5,tile,1\n3,12,-1,earth,0\n"
        columns = {"id": "@ref", "y": "@welfare", "members": "members", "floor": "floor", "urban": "urban"}
        households, found = self.read(text, columns)
        assert [(one["row"], one["column"], one["reason"]) for one in found.named] == [
            (2, "members", "not_a_number"),
            (2, "floor", "unknown_code"),
            (2, "urban", "not_yes_or_no"),
            (3, "members", "not_whole"),
            (4, "members", "out_of_range"),
        ]
        assert households[0].facts == {"members": None, "floor": None, "urban": None}
        assert households[1].facts == {"members": None, "floor": "tile", "urban": True}

    def test_leaves_out_households_nobody_can_learn_from_and_says_why(self):
        text = "id,y,w,members\n,5,1,2\nA,,1,2\nB,x,1,2\nC,5,0,2\nD,5,1,2\nD,5,1,3\nE,5,1,4\n"
        columns = {"id": "@ref", "y": "@welfare", "w": "@weight", "members": "members"}
        households, found = self.read(text, columns)
        assert [one.ref for one in households] == ["E"]
        assert found.left_out == {"no_ref": 1, "no_welfare": 2, "no_weight": 1, "ref_twice": 1}

    def test_reads_people_by_their_head_and_counts_what_differs_between_them(self):
        text = "id,head,y,dis,size,age\n" + "".join(
            f"{home},1,7,0,2,50\n{home},0,7,{home % 2},2,9\n" for home in range(10)
        )
        columns = {
            "id": "@ref", "head": "@head", "y": "@welfare", "dis": "members_with_disability", "size": "members",
            "age": "head_age",
        }  # fmt: skip
        households, found = self.read(text, columns)
        assert found.counted == ["dis"]
        assert [one.facts["members_with_disability"] for one in households] == [home % 2 for home in range(10)]
        assert {one.facts["members"] for one in households} == {2}
        assert {one.facts["head_age"] for one in households} == {50}

    def test_a_household_whose_rows_contradict_each_other_in_the_measure_is_left_out(self):
        columns = {"id": "@ref", "head": "@head", "y": "@welfare", "size": "members"}
        households, found = self.read("id,head,y,size\nA,1,3,2\nA,0,4,2\nB,0,3,1\nC,1,3,2\nC,1,3,2\n", columns)
        assert households == []
        assert found.left_out == {"welfare_differs": 1, "no_head": 1, "many_heads": 1}

    def test_single_answers_become_one_fact_and_crowding_is_computed_as_in_the_register(self):
        columns = {
            "id": "@ref", "y": "@welfare", "e": "floor=earth", "t": "floor=tile", "m": "members", "r": "rooms",
            "n": "@region", "s": "@region",
        }  # fmt: skip
        households, _found = self.read("id,y,e,t,m,r,n,s\nA,1,0,1,6,4,0,1\nB,1,0,0,1,0,1,0\n", columns)
        assert households[0].facts == {"floor": "tile", "members": 6, "rooms": 4, "persons_per_room": 1.5}
        assert households[1].facts == {"floor": None, "members": 1, "rooms": 0}
        assert [one.region for one in households] == ["s", "n"]

    def test_each_finding_is_a_sentence(self):
        text = "id,y,members,floor\n1,10,three,marble\n2,11,2.5,tile\n3,12,-1,earth\n4,5,1\n5,,1,tile\n"
        columns = {"id": "@ref", "y": "@welfare", "members": "members", "floor": "floor"}
        _households, found = self.read(text, columns)
        assert {one["reason"] for one in found.named} == {
            "not_a_number", "unknown_code", "not_whole", "out_of_range", "cell_count", "no_welfare",
        }  # fmt: skip
        for one in found.named:
            said = finding_sentence(one["reason"], one["params"])
            assert said != one["reason"]
            assert "{" not in said

    def test_a_file_nobody_could_name_the_columns_of_is_refused(self):
        with pytest.raises(UnreadableFile, match="too_many_columns"):
            headings_of(io.BytesIO(",".join(f"c{number}" for number in range(501)).encode()))

    def test_halves_do_not_depend_on_the_order_of_the_file(self):
        made = rows(60)
        one, _ = self.read(as_csv(made).decode(), COLUMNS)
        other, _ = self.read(as_csv(made[::-1]).decode(), COLUMNS)
        first, second = halves(one)
        assert [home.ref for home in first] == [home.ref for home in halves(other)[0]]
        assert {home.ref for home in first}.isdisjoint(home.ref for home in second)
        assert abs(len(first) - len(second)) <= 1
