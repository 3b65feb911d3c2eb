import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from beneficiaries.duplicates.entry_check import NewPerson, _row, _search, find_matches
from beneficiaries.duplicates.model import shipped
from beneficiaries.models import DuplicateModel, DuplicateRun, Individual
from tests.beneficiaries.duplicates.people import BORN, enter, number

pytestmark = pytest.mark.django_db


def newcomer(**traits) -> NewPerson:
    known = {"full_name": "سعاد محمود عبدالله الهلالى", "mother_name": "نعمه عبدالحميد", "birth_date": BORN, "sex": "F"}
    return NewPerson(**(known | {"phone": "01099999999"} | traits))


def found(person: NewPerson, **options) -> list[int]:
    return [match.individual_id for match in find_matches(person, **options)]


@pytest.mark.parametrize(
    "traits",
    [
        {},
        {"full_name": "سعاد محمود الهلالي"},
        {"full_name": "Soad Mahmoud Abdallah Elhelaly"},
        {"full_name": "سوسو محمود عبد الله الهلالي", "phone": "٠١٠١٢٣٤٥٦٧٨"},
        {"birth_date": dt.date(1987, 6, 15)},
        {"birth_date": None, "national_id": number()},
        {"birth_date": dt.date(1988, 1, 1), "mother_name": "نعمة عبد الحميد الصاوي", "phone": "01012345678"},
        {"full_name": "سعاد محمد", "national_id": number(), "mother_name": ""},
    ],
    ids=["spelling", "shorter", "latin", "nickname", "year", "number", "first_of_january", "two_parts"],
)
def test_finds_the_same_person_typed_otherwise(traits):
    person = enter(national_id=number())
    enter("هدى إبراهيم علي النجار", birth_date=dt.date(1990, 2, 3))
    assert found(newcomer(**traits)) == [person.pk]


def test_exchanged_day_and_month_are_one_date():
    person = enter(birth_date=dt.date(1988, 6, 5))
    assert found(newcomer(birth_date=dt.date(1988, 5, 6))) == [person.pk]


@pytest.mark.parametrize(
    "traits",
    [
        {"full_name": "نادية محمود عبد الله الهلالي"},
        {"full_name": "سعاد محمود عبد الله الهلالي", "birth_date": dt.date(1961, 3, 2), "mother_name": "هانم علي"},
        {"full_name": "سعاد رمضان صالح المصري", "mother_name": "كوثر فتحي"},
    ],
    ids=["twin", "namesake", "same_day"],
)
def test_takes_kin_and_namesakes_for_other_people(traits):
    enter(national_id=number())
    assert found(newcomer(**({"phone": "01012345678"} | traits))) == []


@pytest.mark.parametrize("serial", [1236, 8231], ids=["beside", "far"])
def test_two_sound_numbers_that_differ_speak_for_two_people(serial):
    enter(national_id=number(serial=1234))
    same_in_all_else = newcomer(national_id=number(serial=serial), phone="01012345678")
    entries = [entry for match in find_matches(same_in_all_else) for entry in match.evidence]
    said = next(entry for entry in entries if entry.field == "national_id")
    assert said.weight_person < said.weight_family - 6


def test_a_slip_in_the_number_does_not_hide_the_person():
    person = enter(national_id=number())
    sound = number()
    slipped = sound[:-2] + sound[-1] + sound[-2]
    matches = find_matches(newcomer(national_id=slipped))
    assert [match.individual_id for match in matches] == [person.pk]
    assert matches[0].band == "strong"


def test_weights_add_up_to_the_probability():
    enter()
    match = find_matches(newcomer())[0]
    person = 2 ** sum(entry.weight_person for entry in match.evidence)
    family = 2 ** sum(entry.weight_family for entry in match.evidence)
    assert match.probability == pytest.approx(person / (1 + person + family), abs=0.02)
    assert {entry.field for entry in match.evidence} >= {"prior", "given_name", "birth_date", "national_id", "mother"}


def test_leaves_out_those_excluded_and_cards_merged_into_another():
    kept, merged = enter(), enter()
    Individual.objects.filter(pk=merged.pk).update(merged_into=kept)
    assert found(newcomer()) == [kept.pk]
    assert found(newcomer(), exclude=[kept.pk]) == []


@pytest.mark.parametrize(
    "traits",
    [
        {"full_name": "", "mother_name": "", "birth_date": None},
        {"full_name": "\u202e" * 300, "mother_name": "ـ", "birth_date": dt.date.min},
        {"full_name": "س" * 300, "national_id": "٩" * 400, "phone": "x" * 40, "birth_date": dt.date.max},
        {"area_id": 0, "sex": "?"},
    ],
)
def test_answers_whatever_is_typed(traits):
    enter("هدى إبراهيم علي النجار", birth_date=dt.date(1990, 2, 3))
    assert find_matches(newcomer(**traits)) == []


def test_costs_one_statement_however_many_there_are(django_assert_num_queries):
    enter()
    find_matches(newcomer())
    for serial in range(30):
        enter(phone=f"010{serial:08d}")
    with django_assert_num_queries(1):
        assert len(find_matches(newcomer())) == 5


def test_a_newer_sweep_and_a_newer_model_are_heeded_at_once():
    enter()
    before = find_matches(newcomer())[0]
    run = DuplicateRun.objects.create(
        is_full=True,
        model_version="shipped-1",
        normaliser_version=1,
        finished_at=timezone.now(),
        priors=[1e-9, 1e-9, 1],
    )
    after_sweep = find_matches(newcomer())[0]
    assert after_sweep.probability < before.probability
    parameters = shipped().as_json() | {"version": "trained-1", "pairs_per_person": [5.0, 1.0]}
    DuplicateModel.objects.create(version="trained-1", parameters=parameters, status="in_force")
    assert find_matches(newcomer())[0].probability > after_sweep.probability
    DuplicateModel.objects.update(status="superseded")
    run.delete()
    assert find_matches(newcomer())[0].probability == before.probability


@pytest.mark.parametrize(
    "traits",
    [
        {"full_name": "هدى علي", "national_id": number()},
        {"full_name": "سعاد رمضان صالح", "birth_date": BORN},
        {"full_name": "سعاد رمضان صالح", "phone": "01012345678"},
        {"full_name": "سعاد رمضان صالح", "national_id": f"1{number()[1:]}"},
        {"full_name": "سعاد محمود الهلالي", "birth_date": BORN + dt.timedelta(days=700)},
        {"full_name": "سعاد رمضان", "mother_name": "نعمة عبد الحميد", "birth_date": BORN + dt.timedelta(days=700)},
    ],
    ids=["number", "date", "phone", "tail", "names", "mother"],
)
def test_each_search_finds_by_itself_and_nobody_else(traits):
    person = enter(national_id=number())
    enter("سعاد خليل الشاذلي", mother_name="كوثر فتحي", birth_date=dt.date(1950, 1, 2), phone="01099911122")
    known = {"mother_name": "", "birth_date": None, "phone": "01055555555"}
    _model, _run, _governorate, rows = _search(_row(NewPerson(**(known | traits))))
    assert [row["id"] for row in rows] == [person.pk]


def test_every_search_has_its_index():
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()")
        names = {row[0] for row in cursor.fetchall()}
    wanted = {"individual_birth_given", "individual_names", "individual_mother", "individual_phone"}
    assert wanted | {"identifier_tail", "identifier_value"} <= names
