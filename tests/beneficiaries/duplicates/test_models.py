import datetime as dt

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from beneficiaries.duplicates.levels import FIELDS
from beneficiaries.duplicates.model import Model, in_force, shipped
from beneficiaries.duplicates.proof import Labelled, prove
from beneficiaries.models import DuplicateModel, DuplicatePair, DuplicateRun, Individual
from beneficiaries.services import duplicate_models as services
from beneficiaries.services.duplicate_sweeps import start_duplicate_sweep
from ministry import jobs
from ministry.exceptions import RuleViolation
from ministry.models import AuditEntry
from tests.beneficiaries.duplicates.people import enter, number
from tests.ministry.factories import UserFactory


def candidate(version: str = "trained-1") -> DuplicateModel:
    parameters = shipped().as_json() | {"version": version}
    return DuplicateModel.objects.create(version=version, parameters=parameters)


@pytest.fixture
def small_registers_teach(monkeypatch):
    monkeypatch.setattr(services, "FEWEST_PEOPLE", 4)
    monkeypatch.setattr(services, "FEWEST_PROVEN", 1)


class TestShippedModel:
    def test_knows_every_level_of_every_field(self):
        assert {name: len(rows) for name, rows in shipped().chances.items()} == {
            name: len(words) for name, words in FIELDS.items()
        }

    def test_one_number_outweighs_any_single_slip(self):
        chances = shipped().chances["national_id"]
        for word in ("same", "same_one_day"):
            person, kin, stranger = chances[FIELDS["national_id"].index(word)]
            assert person > 50 * kin
            assert person > 1000 * stranger

    def test_a_model_for_other_fields_is_refused(self):
        parameters = shipped().as_json()
        del parameters["chances"]["phone"]
        with pytest.raises(ValueError, match="does not know the fields"):
            Model.from_json(parameters)

    def test_unknown_everywhere_says_nothing(self):
        unknown = np.full((1, len(FIELDS)), -1, np.int8)
        shares = shipped().shares(1000)
        assert shipped().posteriors(unknown, shares)[0] == pytest.approx(shares)


def test_proof_counts_what_was_decided():
    same = np.array([[FIELDS[name].index(word) for name, word in _ALL_SAME.items()]], np.int8)
    unlike = np.zeros_like(same)
    labelled = Labelled(np.concatenate([same, unlike, unlike]), np.array([True, False, True]))
    proof = prove(shipped(), shipped().shares(10_000), labelled)
    assert (proof.pairs, proof.same, proof.precision, proof.recall) == (3, 2, 1.0, 0.5)
    assert proof.f1 == pytest.approx(2 / 3)
    assert proof.loss > 1


_ALL_SAME = {
    "given_name": "same",
    "other_names": "all_usual",
    "mother": "same",
    "birth_date": "same",
    "national_id": "same_one_day",
    "phone": "same",
    "sex": "same",
    "place": "area",
}


@pytest.mark.django_db
class TestModelsInForce:
    def test_the_shipped_one_until_the_ministry_has_its_own(self):
        assert in_force().version == "shipped-1"
        services.put_model_in_force(model=candidate(), actor=None)
        assert in_force().version == "trained-1"

    def test_a_new_one_takes_the_place_of_the_former(self):
        former, new = candidate(), candidate("trained-2")
        for model in (former, new):
            services.put_model_in_force(model=model, actor=None)
        assert dict(DuplicateModel.objects.values_list("version", "status")) == {
            "trained-1": "superseded",
            "trained-2": "in_force",
        }
        assert AuditEntry.objects.filter(action="duplicate_model.in_force").count() == 2
        with pytest.raises(RuleViolation):
            services.put_model_in_force(model=former, actor=None)

    def test_the_first_sweep_by_another_model_sees_everybody(self):
        enter()
        enter()
        for _night in range(2):
            jobs.run_now(start_duplicate_sweep(full=False, tell_worker=False))
        services.put_model_in_force(model=candidate(), actor=None)
        jobs.run_now(start_duplicate_sweep(full=False, tell_worker=False))
        runs = DuplicateRun.objects.order_by("pk").values_list("is_full", "model_version")
        assert list(runs) == [(True, "shipped-1"), (False, "shipped-1"), (True, "trained-1")]
        assert DuplicatePair.objects.get().model_version == "trained-1"


@pytest.mark.django_db
@pytest.mark.usefixtures("small_registers_teach")
class TestTraining:
    def register(self) -> None:
        for serial in range(12):
            born = dt.date(1970 + serial, 1 + serial % 12, 3)
            for _copy in range(2):
                enter(f"سعاد محمود عبد الله الهلالي{serial}", birth_date=born, national_id=number(born=born))
        jobs.run_now(start_duplicate_sweep(full=True, tell_worker=False))
        pair = DuplicatePair.objects.order_by("pk").first()
        pair.status, pair.decided_by, pair.decided_at = "same", UserFactory(), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        pair.save()

    def test_reports_old_against_new_and_leaves_the_old_one_in_use(self, capsys):
        self.register()
        call_command("train_duplicates", "--no")
        said = capsys.readouterr().out
        assert "On 1 pairs that people have decided" in said
        assert "shipped-1 stays in use" in said
        assert in_force().version == "shipped-1"
        report = DuplicateModel.objects.get().report
        assert set(report["on"]) == {"shipped-1", "trained-1"}

    @pytest.mark.parametrize(("answer", "used"), [("y", "trained-1"), ("", "shipped-1")])
    def test_switches_only_when_told_to(self, monkeypatch, answer, used):
        self.register()
        monkeypatch.setattr("builtins.input", lambda _question: answer)
        call_command("train_duplicates")
        assert in_force().version == used


@pytest.mark.django_db
def test_a_register_too_small_to_learn_from_is_refused():
    enter()
    with translation.override("en"), pytest.raises(CommandError, match="cannot be learnt"):
        call_command("train_duplicates", "--no")


@pytest.mark.django_db
class TestRefillKeys:
    def test_makes_stale_keys_again_and_touches_nothing_else(self, capsys):
        fresh, stale = enter(), enter("هدى  إبراهيم", mother_name="آمال", phone="+201011122233")
        Individual.objects.filter(pk=stale.pk).update(name_key="x", name_skeletons=["x"], mother_key="", phone_key="")
        call_command("refill_keys", "--dry-run")
        assert "keys of 1 would change" in capsys.readouterr().out
        call_command("refill_keys")
        assert "2 people read, keys of 1 changed" in capsys.readouterr().out
        stale.refresh_from_db()
        assert (stale.name_key, stale.mother_key, stale.phone_key) == ("هدي ابراهيم", "امال", "1011122233")
        assert stale.name_skeletons == ["hd", "brhm"]
        assert Individual.objects.get(pk=fresh.pk).name_key == fresh.name_key
