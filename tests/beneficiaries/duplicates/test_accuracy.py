import datetime as dt

import pytest

from beneficiaries.demo.doubles import write_doubles
from beneficiaries.duplicates.model import shipped
from tests.beneficiaries.duplicates.registers import f1_score, read_files
from tests.shared_register import shared_register


@pytest.mark.parametrize(
    ("care", "seed", "goal"),
    [(1.0, 9001, 0.99), (1.5, 9002, 0.98), (0.5, 9003, 0.994)],
    ids=["usual", "careless", "careful"],
)
def test_finds_who_is_in_twice_however_carefully_they_were_typed(tmp_path, care, seed, goal):
    write_doubles(tmp_path, households=3_000, seed=seed, on=dt.date(2026, 1, 1), care=care)
    assert f1_score(*read_files(tmp_path), shipped()) >= goal


def test_holds_on_a_register_the_model_has_never_seen():
    assert f1_score(*read_files(shared_register("truth_pairs.csv").parent), shipped()) >= 0.99
