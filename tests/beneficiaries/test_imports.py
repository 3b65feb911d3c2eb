import csv
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files import File

from beneficiaries.models import (
    Disability,
    DuplicatePair,
    Dwelling,
    Household,
    Identifier,
    ImportBatch,
    Individual,
    Membership,
    StagedHousehold,
    StagedIndividual,
)
from beneficiaries.services import imports as services
from beneficiaries.signals import register_imported
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import Area, AuditEntry, RowVersion
from ministry.text import name_key, name_skeletons
from tests.beneficiaries.register_files import (
    MAN_1990,
    WOMAN_1988,
    country_areas,
    damaged_copy,
    findings,
    household,
    person,
    take_in,
    write,
)
from tests.ministry.factories import UserFactory
from tests.shared_register import shared_register

S = ImportBatch.Status
pytestmark = pytest.mark.django_db


def counts() -> tuple[int, ...]:
    return tuple(
        model.objects.count() for model in (Household, Dwelling, Individual, Membership, Identifier, Disability)
    )


class TestTheSharedRegister:
    def test_comes_in_whole_and_the_same_files_again_add_nothing(self):
        folder = shared_register("households.csv").parent
        first = take_in(folder)
        assert first.status == S.COMMITTED
        assert counts()[:4] == (5_527, 5_527, 21_356, 21_356)
        with shared_register("individuals.csv").open(encoding="utf-8", newline="") as file:
            typed = {row["person_ref"]: row for row in csv.DictReader(file)}
        for individual in Individual.objects.prefetch_related("identifiers", "disabilities", "memberships__household"):
            row = typed[individual.person_ref]
            assert individual.full_name == " ".join(row["full_name"].split())
            assert individual.name_key == name_key(row["full_name"])
            assert individual.name_skeletons == name_skeletons(row["full_name"])
            assert [one.value for one in individual.identifiers.all()] == [row["national_id"]] * bool(
                row["national_id"]
            )
            assert [one.household.household_ref for one in individual.memberships.all()] == [row["household_ref"]]
            assert (individual.birth_date.isoformat() if individual.birth_date else "") == row["birth_date"]
            assert {f"{one.domain}:{one.severity}" for one in individual.disabilities.all()} == set(
                filter(None, row["disability"].split(";"))
            )
        assert findings(first, "bad") == []
        doubtful = findings(first)
        assert len(doubtful) == len({found[:3] for found in doubtful})
        before = counts(), DuplicatePair.objects.count()

        again = take_in(folder)
        assert again.status == S.COMMITTED
        assert (counts(), DuplicatePair.objects.count()) == before
        assert again.summary["entered"] == {
            "districts": 0,
            "households": 0,
            "individuals": 0,
            "known_households": 5_527,
            "known_individuals": 21_356,
            "left_out": 0,
            "pairs": 0,
        }
        assert findings(again) == []

    def test_flags_every_two_people_who_share_a_sound_number(self):
        take_in(shared_register("households.csv").parent)
        by_number: dict[str, list[int]] = {}
        for individual_id, number in Identifier.objects.filter(is_well_formed=True).values_list(
            "individual_id", "value_key"
        ):
            by_number.setdefault(number, []).append(individual_id)
        expected = {(one, other) for people in by_number.values() for one in people for other in people if one < other}
        assert expected
        assert set(DuplicatePair.objects.values_list("individual_a_id", "individual_b_id")) == expected

    @pytest.mark.parametrize("seed", [1, 2])
    def test_with_fifty_damaged_cells_names_those_fifty_and_enters_none(self, tmp_path, seed):
        damaged = damaged_copy(tmp_path, cells=50, seed=seed)
        batch = take_in(tmp_path)
        assert len(damaged) == 50
        assert {found[:3] for found in findings(batch, "bad")} == damaged
        assert len(findings(batch, "bad")) == 50
        assert batch.status == S.IN_REVIEW
        assert counts() == (0,) * 6
        with pytest.raises(RuleViolation, match="50"):
            services.commit_import(batch=batch, actor=None)


class TestOneHousehold:
    def test_enters_every_column(self, tmp_path):
        number = "٢٨٨٠٦١٥٢٥٠٠١٤٩"
        people = [
            person(national_id=number, phone="+20 100 123 4567", disability="vision:3;mobility:2", pregnant="1"),
            person(person_ref="P2", full_name="Mohamed Ahmed", relationship="child", birth_date="", sex="M",
                   years_schooling="", works="", phone="", mother_name="", marital_status=""),
        ]  # fmt: skip
        batch = take_in(write(tmp_path, people=people))
        assert batch.status == S.COMMITTED, findings(batch)
        home = Household.objects.get()
        assert (home.household_ref, home.status, home.registered_on.isoformat()) == ("H1", "registered", "2024-05-01")
        assert (home.area.code, home.area.parent.code) == ("EG-AST-03", "EG-AST")
        assert home.area.path == "EG/EG-AST/EG-AST-03/"
        assert (home.phone, home.phone_key, home.urban, str(home.income_monthly)) == (
            "01001234567", "1001234567", False, "1850.500",
        )  # fmt: skip
        assert home.import_batch == batch
        flat = home.dwelling
        assert (flat.tenure, str(flat.monthly_rent), flat.rooms, flat.refrigerator, flat.computer) == (
            "rented", "700.000", 3, True, False,
        )  # fmt: skip
        mother, child = Individual.objects.order_by("person_ref")
        assert mother.identifiers.get().value == number
        assert mother.identifiers.get().value_key == WOMAN_1988
        assert mother.identifiers.get().is_well_formed is True
        assert mother.phone_key == "1001234567"
        assert (mother.pregnant, mother.works, mother.in_school) == (True, False, None)
        assert set(mother.disabilities.values_list("domain", "severity")) == {("vision", 3), ("mobility", 2)}
        assert (child.birth_date, child.years_schooling, child.works, child.phone) == (None, None, None, "")
        assert child.memberships.get().relationship == "child"

    def test_a_child_born_later_belongs_to_it_from_birth(self, tmp_path):
        people = [person(), person(person_ref="P2", relationship="child", birth_date="2024-09-09", years_schooling="",
                                   marital_status="single")]  # fmt: skip
        take_in(write(tmp_path, people=people))
        assert [str(one.joined_on) for one in Membership.objects.order_by("individual__person_ref")] == [
            "2024-05-01",
            "2024-09-09",
        ]

    def test_leaves_an_audit_entry_and_no_history_of_its_own(self, tmp_path):
        batch = take_in(write(tmp_path))
        assert list(
            AuditEntry.objects.filter(target_type="beneficiaries.importbatch", target_id=batch.pk)
            .order_by("id")
            .values_list("action", flat=True)
        ) == ["import.uploaded", "import.accepted", "import.entered"]
        assert not RowVersion.objects.filter(table_name="beneficiaries_household").exists()

    def test_is_announced(self, tmp_path, django_capture_on_commit_callbacks):
        heard = []
        register_imported.connect(lambda **announced: heard.append(announced["batch_id"]), weak=False, dispatch_uid="t")
        with django_capture_on_commit_callbacks(execute=True):
            batch = take_in(write(tmp_path))
        register_imported.disconnect(dispatch_uid="t")
        assert heard == [batch.pk]

    def test_clears_its_staging(self, tmp_path):
        take_in(write(tmp_path))
        assert not StagedHousehold.objects.exists()
        assert not StagedIndividual.objects.exists()


class TestNumbersSharedByTwo:
    def test_both_come_in_and_the_pair_is_flagged(self, tmp_path):
        people = [person(national_id=WOMAN_1988), person(person_ref="P2", household_ref="H2", national_id=WOMAN_1988)]
        batch = take_in(write(tmp_path, [household(), household(household_ref="H2")], people))
        assert Individual.objects.count() == 2
        assert findings(batch) == [
            ("individuals", 2, "national_id", WOMAN_1988, "identifier_repeated"),
            ("individuals", 3, "national_id", WOMAN_1988, "identifier_repeated"),
        ]
        pair = DuplicatePair.objects.get()
        assert (pair.band, pair.status, pair.probability) == ("strong", "open", 1.0)
        assert pair.evidence == [
            {"field": "national_id", "level": "same", "weight_person": None, "weight_family": None}
        ]

    def test_also_with_somebody_registered_before(self, tmp_path):
        take_in(write(tmp_path / "a", people=[person(national_id=WOMAN_1988)]))
        batch = take_in(
            write(tmp_path / "b", [household(household_ref="H2")],
                  [person(person_ref="P2", household_ref="H2", national_id=WOMAN_1988)])
        )  # fmt: skip
        assert findings(batch) == [("individuals", 2, "national_id", WOMAN_1988, "identifier_registered")]
        assert batch.issues.get().params == {"person": "P1"}
        assert DuplicatePair.objects.count() == 1

    def test_a_pair_decided_on_stays_decided(self, tmp_path):
        people = [person(national_id=WOMAN_1988), person(person_ref="P2", household_ref="H2", national_id=WOMAN_1988)]
        folder = write(tmp_path, [household(), household(household_ref="H2")], people)
        take_in(folder)
        DuplicatePair.objects.update(status="different", decided_by=UserFactory(), decided_at="2026-01-01T00:00Z")
        take_in(folder)
        assert DuplicatePair.objects.get().status == "different"

    def test_a_number_that_is_not_sound_flags_nobody(self, tmp_path):
        people = [person(national_id="123"), person(person_ref="P2", household_ref="H2", national_id="123")]
        batch = take_in(write(tmp_path, [household(), household(household_ref="H2")], people))
        assert [found[4] for found in findings(batch)] == ["identifier_length"] * 2
        assert not DuplicatePair.objects.exists()


class TestRowsAlreadyRegistered:
    def test_what_differs_is_told_and_not_applied(self, tmp_path):
        take_in(write(tmp_path / "a", people=[person(national_id=WOMAN_1988)]))
        batch = take_in(
            write(tmp_path / "b", [household(rooms="4", address="", income_monthly="1850.50")],
                  [person(full_name="سعاد محمد عبد الله", national_id=MAN_1990, birth_date="1990-02-03", sex="M")])
        )  # fmt: skip
        assert batch.status == S.COMMITTED
        assert findings(batch) == [
            ("households", 2, "rooms", "4", "differs_from_registry"),
            ("individuals", 2, "birth_date", "1990-02-03", "differs_from_registry"),
            ("individuals", 2, "full_name", "سعاد محمد عبد الله", "differs_from_registry"),
            ("individuals", 2, "national_id", MAN_1990, "differs_from_registry"),
            ("individuals", 2, "sex", "M", "differs_from_registry"),
        ]
        assert Dwelling.objects.get().rooms == 3
        assert Individual.objects.get().full_name == "سعاد محمود عبد الله"
        assert Identifier.objects.get().value == WOMAN_1988
        assert not any(WOMAN_1988 in str(issue.params) for issue in batch.issues.all())

    def test_a_newborn_joins_the_registered_household(self, tmp_path):
        take_in(write(tmp_path / "a"))
        newborn = person(person_ref="P2", relationship="child", birth_date="2025-01-01", years_schooling="",
                         marital_status="single")  # fmt: skip
        batch = take_in(write(tmp_path / "b", people=[person(), newborn]))
        assert batch.summary["entered"]["individuals"] == 1
        assert Household.objects.get().memberships.count() == 2

    def test_a_second_head_for_a_registered_household_is_bad(self, tmp_path):
        take_in(write(tmp_path / "a"))
        batch = take_in(write(tmp_path / "b", people=[person(person_ref="P2")]))
        assert findings(batch) == [("individuals", 2, "relationship", "head", "head_registered")]
        assert batch.status == S.IN_REVIEW

    def test_a_person_registered_in_another_household_is_bad(self, tmp_path):
        take_in(write(tmp_path / "a"))
        batch = take_in(write(tmp_path / "b", [household(household_ref="H2")], [person(household_ref="H2")]))
        assert findings(batch) == [("individuals", 2, "household_ref", "H2", "registered_elsewhere")]


class TestRowsAgainstEachOther:
    def check(self, folder: Path, households, people) -> list[tuple]:
        return [found[:3] + found[4:] for found in findings(take_in(write(folder, households, people)))]

    def test_names_both_rows_of_a_repeated_reference(self, tmp_path):
        found = self.check(tmp_path, [household()], [person(), person(relationship="child", birth_date="")])
        assert found == [
            ("individuals", 2, "person_ref", "repeated_reference"),
            ("individuals", 3, "person_ref", "repeated_reference"),
        ]

    def test_a_household_needs_people(self, tmp_path):
        found = self.check(tmp_path, [household(), household(household_ref="H2")], [person()])
        assert found == [("households", 3, "household_ref", "without_people")]

    def test_a_household_needs_a_head(self, tmp_path):
        found = self.check(tmp_path, [household()], [person(relationship="sibling")])
        assert found == [("households", 2, "household_ref", "without_head")]

    def test_a_household_has_one_head(self, tmp_path):
        found = self.check(tmp_path, [household()], [person(), person(person_ref="P2")])
        assert found == [("individuals", 3, "relationship", "second_head")]

    def test_people_need_a_household(self, tmp_path):
        found = self.check(
            tmp_path, [household()], [person(), person(person_ref="P2", household_ref="H9", relationship="child")]
        )
        assert found == [("individuals", 3, "household_ref", "unknown_household")]

    @pytest.mark.parametrize("district", ["EG-C-01", "EG-AST", "EG-AST-", "EG-AST-03/../x", "3"])
    def test_a_district_lies_in_its_governorate(self, tmp_path, district):
        found = self.check(tmp_path, [household(district_code=district)], [person()])
        assert found == [("households", 2, "district_code", "district_elsewhere")]

    @pytest.mark.parametrize(
        ("relationship", "born", "reason"),
        [
            ("child", "1999-06-14", "child_too_old"),
            ("child", "2000-06-15", None),
            ("child", "1970-01-01", "child_too_old"),
            ("parent", "1976-06-16", "parent_too_young"),
            ("parent", "1976-06-15", None),
            ("spouse", "1940-01-01", None),
        ],
    )
    def test_generations_lie_apart(self, tmp_path, relationship, born, reason):
        found = self.check(
            tmp_path, [household()], [person(), person(person_ref="P2", relationship=relationship, birth_date=born)]
        )
        assert found == ([("individuals", 3, "birth_date", reason)] if reason else [])


class TestRights:
    def files(self, folder):
        write(folder)
        return {
            name: File((folder / f"{name}.csv").open("rb"), f"{name}.csv") for name in ("households", "individuals")
        }

    def test_only_who_may_import_there_uploads(self, tmp_path):
        country_areas()
        asyut, cairo = Area.objects.get(code="EG-AST"), Area.objects.get(code="EG-C")
        clerk = UserFactory(permissions=["beneficiaries.add_importbatch"], permissions__area=asyut)
        with pytest.raises(PermissionDenied):
            services.open_import(area=cairo, actor=clerk, **self.files(tmp_path))
        assert services.open_import(area=asyut, actor=clerk, **self.files(tmp_path)).uploaded_by == clerk

    def test_a_household_outside_the_area_is_bad(self, tmp_path):
        country_areas()
        batch = take_in(write(tmp_path), area=Area.objects.get(code="EG-C"))
        assert findings(batch) == [("households", 2, "governorate_code", "EG-AST", "outside_area")]

    def test_entering_and_discarding_need_their_right(self, tmp_path):
        batch = take_in(write(tmp_path), commit=False)
        clerk = UserFactory(permissions=["beneficiaries.add_importbatch"])
        for verb in (services.commit_import, services.discard_import):
            with pytest.raises(PermissionDenied):
                verb(batch=batch, actor=clerk)

    def test_what_is_discarded_is_not_entered(self, tmp_path):
        batch = take_in(write(tmp_path), commit=False)
        officer = UserFactory(permissions=["beneficiaries.commit_importbatch"])
        batch = services.discard_import(batch=batch, actor=officer, note="wrong month")
        assert (batch.status, batch.decided_by) == (S.DISCARDED, officer)
        assert not StagedIndividual.objects.exists()
        with pytest.raises(TransitionNotAllowed):
            services.commit_import(batch=batch, actor=officer)

    def test_rows_lost_with_the_server_are_noticed(self, tmp_path):
        batch = take_in(write(tmp_path), commit=False)
        StagedIndividual.objects.all().delete()
        with pytest.raises(RuleViolation):
            services.commit_import(batch=batch, actor=None)
