import csv
import datetime as dt

import pytest
from django.core.management import call_command

from beneficiaries.duplicates.entry_check import NewPerson, find_matches
from beneficiaries.models import DuplicateFinding, DuplicatePair, DuplicateRun, Identifier, Individual, NamePart
from beneficiaries.services import duplicate_sweeps as services
from ministry import jobs
from ministry.jobs import engine
from ministry.models import AuditEntry, Job, RowVersion
from tests.beneficiaries.duplicates.people import enter, number
from tests.beneficiaries.factories import SHARED_NUMBER, HouseholdFactory
from tests.ministry.factories import UserFactory

pytestmark = pytest.mark.django_db

TWIN = {"full_name": "نادية محمود عبد الله الهلالي"}


def sweep(*, full: bool = True) -> Job:
    return jobs.run_now(services.start_duplicate_sweep(full=full, tell_worker=False))


def pairs() -> set[tuple[int, int]]:
    return set(DuplicatePair.objects.values_list("individual_a_id", "individual_b_id"))


def decided(pair: DuplicatePair, status: str) -> None:
    pair.status, pair.decided_by, pair.decided_at = status, UserFactory(), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    pair.save()


class TestFullSweep:
    def test_finds_who_is_in_twice_and_says_why(self):
        first = enter(national_id=number())
        second = enter("سعاد محمود الهلالى", mother_name="", national_id=number(), phone="")
        enter(**TWIN)
        sweep()
        pair = DuplicatePair.objects.get()
        assert (pair.individual_a, pair.individual_b) == (first, second)
        assert (pair.band, pair.status, pair.model_version) == ("strong", "open", "shipped-1")
        assert pair.run == DuplicateRun.objects.get()
        said = {entry["field"]: entry["level"] for entry in pair.evidence}
        assert said["national_id"] == "same_one_day"
        assert said["mother"] == "unknown"

    def test_keeps_kin_and_namesakes_apart(self):
        home = HouseholdFactory()
        enter(national_id=number(), household=home)
        enter(**TWIN, household=home)
        enter(birth_date=dt.date(1959, 1, 3), mother_name="هانم علي حسن", phone="01122222222")
        sweep()
        assert pairs() == set()

    def test_agrees_with_the_check_at_entry(self):
        first = enter(national_id=number())
        second = enter("سعاد محمود عبدالله", phone="01155555555")
        sweep()
        pair = DuplicatePair.objects.get()
        person = NewPerson("سعاد محمود عبدالله", second.mother_name, "", second.birth_date, "F", "01155555555")
        match = find_matches(person, exclude=[second.pk])[0]
        assert match.individual_id == first.pk
        said = {entry["field"]: entry["level"] for entry in pair.evidence}
        # Only the place differs: the new person has none yet.
        assert {entry.field: entry.level for entry in match.evidence} | {"place": said["place"]} == said

    def test_repeating_it_changes_nothing(self):
        enter(national_id=number())
        enter(national_id=number())
        sweep()
        before = DuplicatePair.objects.values().get()
        versions = RowVersion.objects.count()
        assert sweep().result == {"compared": 1, "found": 1, "new": 0, "changed": 0, "withdrawn": 0}
        assert DuplicatePair.objects.values().get() == before
        assert RowVersion.objects.count() == versions

    def test_different_people_are_never_asked_about_again(self):
        enter(national_id=number())
        enter(national_id=number())
        sweep()
        pair = DuplicatePair.objects.get()
        decided(pair, "different")
        sweep()
        pair.refresh_from_db()
        assert (DuplicatePair.objects.count(), pair.status) == (1, "different")

    def test_a_pair_is_withdrawn_when_its_cause_is_gone(self):
        enter()
        second = enter()
        sweep()
        assert len(pairs()) == 1
        Individual.objects.filter(pk=second.pk).update(
            full_name="هدى علي", name_key="هدي علي", birth_date=dt.date(1970, 2, 2), mother_key="كوثر فتحي"
        )
        assert sweep().result["withdrawn"] == 1
        assert pairs() == set()

    def test_kin_with_one_number_stay_to_be_looked_at_without_holding_a_payment(self):
        home = HouseholdFactory()
        first = enter(national_id=number(), household=home)
        second = enter("محمد علي حسن", birth_date=dt.date(1999, 9, 9), sex="M", national_id=number(), household=home)
        DuplicatePair.objects.create(
            individual_a=first, individual_b=second, probability=1, band="strong", evidence=[SHARED_NUMBER]
        )
        sweep()
        pair = DuplicatePair.objects.get()
        assert (pair.band, pair.status) == ("review", "open")
        assert pair.probability < 0.5

    def test_pairs_of_large_clusters_never_hold_a_payment(self):
        for _copy in range(6):
            enter(national_id=number())
        sweep()
        assert set(DuplicatePair.objects.values_list("band", flat=True)) == {"review"}

    def test_counts_names_for_the_check_at_entry(self):
        for _copy in range(3):
            enter()
        sweep()
        assert dict(NamePart.objects.values_list("part", "people"))["سعاد"] == 3
        assert NamePart.objects.get(part="").people == 3

    def test_an_empty_register_has_no_pairs(self):
        assert sweep().result["found"] == 0


class TestIncrementalSweep:
    def test_the_first_one_sees_everybody(self):
        enter()
        enter()
        sweep(full=False)
        assert DuplicateRun.objects.get().is_full
        assert len(pairs()) == 1

    def test_looks_only_at_who_is_new_or_changed(self):
        enter()
        enter()
        sweep()
        DuplicatePair.objects.all().delete()
        third = enter()
        sweep(full=False)
        assert all(third.pk in pair for pair in pairs())
        assert len(pairs()) == 2

    def test_sees_a_number_that_was_added_and_a_name_that_was_corrected(self):
        first, second = (
            enter(national_id=number(), phone=""),
            enter("هدى علي", mother_name="", birth_date=None, phone=""),
        )
        sweep()
        assert pairs() == set()
        Identifier.objects.create(individual=second, kind="national_id", value=number(), value_key=number())
        sweep(full=False)
        assert pairs() == {(first.pk, second.pk)}

    def test_nothing_new_costs_no_comparison(self):
        enter()
        enter()
        sweep()
        assert sweep(full=False).result["compared"] == 0


class TestTheJob:
    def test_stopped_between_two_parts_it_goes_on_and_finds_the_same(self, monkeypatch):
        monkeypatch.setattr(services, "PEOPLE_AT_ONCE", 2)
        for _copy in range(5):
            enter(national_id=number())
        actor = UserFactory(permissions=["beneficiaries.view_duplicatepair"])
        job = services.start_duplicate_sweep(full=True, actor=actor, tell_worker=False)
        engine.run_job(job.pk, seconds=0)
        job.refresh_from_db()
        assert job.done < job.total
        assert not DuplicatePair.objects.exists()
        jobs.cancel(job=job, actor=actor)
        engine.run_job(job.pk)
        job.refresh_from_db()
        assert job.status == Job.Status.CANCELLED
        jobs.resume(job=job, actor=actor)
        jobs.run_now(job)
        assert len(pairs()) == 10
        assert not DuplicateFinding.objects.exists()

    def test_two_sweeps_do_not_run_at_once(self):
        services.start_duplicate_sweep(full=True, tell_worker=False)
        with pytest.raises(jobs.JobAlreadyActive):
            services.start_duplicate_sweep(full=False, tell_worker=False)

    def test_leaves_an_entry_in_the_audit_trail(self):
        enter()
        sweep()
        assert AuditEntry.objects.get(action="duplicates.swept").data["people"] == 1


def test_the_command_exports_the_pairs_that_stand(tmp_path, capsys):
    first, second, third = enter(national_id=number()), enter(national_id=number()), enter(national_id=number())
    sweep()
    decided(DuplicatePair.objects.get(individual_a=first, individual_b=third), "different")
    call_command("check_duplicates", "--full", "--export", str(tmp_path / "pairs.csv"))
    with (tmp_path / "pairs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["person_a"], row["person_b"], row["band"]) for row in rows] == [
        (first.person_ref, second.person_ref, "strong"),
        (second.person_ref, third.person_ref, "strong"),
    ]
    assert float(rows[0]["probability"]) > 0.99
    assert "2 pairs written" in capsys.readouterr().out
