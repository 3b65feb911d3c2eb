"""Each kind of change from its form to the register, and what the register then says."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.utils import translation

from beneficiaries.models import ChangeRequest, Disability, Household, HouseholdFacts, Identifier, Individual
from beneficiaries.services.facts import refresh_facts
from ministry.exceptions import RuleViolation
from tests.beneficiaries.change_factories import (
    WEDDING,
    applied,
    caseworker,
    district,
    draft,
    family,
    member,
    person,
    submitted,
    typed,
)
from tests.beneficiaries.factories import DisabilityFactory, IdentifierFactory, household_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Refusals are read in English here."""
    with translation.override("en"):
        yield


@pytest.fixture
def home() -> Household:
    household = family()
    refresh_facts([household.pk])
    return household


def living_in(household: Household) -> dict[str, str]:
    """Return who lives there and what they are to the head."""
    memberships = household.memberships.current().select_related("individual")
    return {one.individual.full_name: one.relationship for one in memberships}


def lines(request: ChangeRequest, stage: str = "applied") -> set[tuple[str, object, object]]:
    """Return the fields a request has changed, from what to what."""
    return {(line.field, line.old, line.new) for line in request.lines.filter(stage=stage)}


class TestBirth:
    def test_enters_the_child_as_a_member_from_its_birth(self, home):
        mother = member(home, "spouse")
        request = applied("birth", home, full_name="آدم كمال", sex="M", mother=mother.pk, effective_on="3/5/2026")
        child = Individual.objects.get(full_name="آدم كمال")
        assert (child.birth_date, child.mother_name, child.sex) == (dt.date(2026, 5, 3), "سعاد محمود", "M")
        assert child.name_key
        assert child.name_skeletons
        assert child.memberships.get().joined_on == dt.date(2026, 5, 3)
        assert living_in(home)["آدم كمال"] == "child"
        assert ("full_name", None, "آدم كمال") in lines(request)
        assert HouseholdFacts.objects.get(household=home).members == 5

    def test_a_daughters_child_is_a_grandchild(self, home):
        applied("birth", home, full_name="نور", sex="F", mother=member(home, "child", 1).pk)
        assert living_in(home)["نور"] == "grandchild"

    def test_refuses_a_number_that_somebody_has(self, home):
        IdentifierFactory(value="32605030112347")
        with pytest.raises(RuleViolation, match="already belongs"):
            draft(
                "birth",
                home,
                caseworker(),
                full_name="نور",
                sex="F" if int("32605030112347"[12]) % 2 == 0 else "M",
                mother=member(home, "spouse").pk,
                national_id="32605030112347",
                effective_on="3/5/2026",
            )

    def test_asks_for_the_relationship_where_the_mother_lives_elsewhere(self, home):
        form = typed("birth", home, caseworker(), full_name="نور", sex="F", mother_name="هدى")
        assert "relationship" in form.errors

    def test_nobody_is_born_tomorrow(self, home):
        form = typed("birth", home, caseworker(), full_name="نور", sex="F", effective_on="1/1/2099")
        assert "effective_on" in form.errors


class TestDeath:
    def test_ends_the_membership_and_widows_the_spouse(self, home):
        head, wife = member(home, "head"), member(home, "spouse")
        applied("death", home, person=head.pk, new_head=wife.pk, effective_on="2/5/2026")
        head.refresh_from_db()
        wife.refresh_from_db()
        assert head.died_on == dt.date(2026, 5, 2)
        assert head.memberships.get().left_on == dt.date(2026, 5, 2)
        assert head.memberships.get().relationship == "head"
        assert wife.marital_status == "widowed"
        assert living_in(home) == {"سعاد محمود": "head", "يوسف كمال": "child", "مريم كمال": "child"}

    def test_asks_who_is_head_after_a_heads_death(self, home):
        assert "new_head" in typed("death", home, caseworker(), person=member(home, "head").pk).errors

    def test_the_last_ones_death_closes_the_household(self):
        alone = household_of(person("حسن"), area=district())
        refresh_facts([alone.pk])
        applied("death", alone, person=member(alone, "head").pk)
        alone.refresh_from_db()
        assert alone.status == Household.Status.INACTIVE
        assert not HouseholdFacts.objects.filter(household=alone).exists()


class TestMarriage:
    def test_a_registered_wife_comes_to_live_here(self, home):
        elsewhere = household_of(person("علي"), person("هناء علي", birth_date=dt.date(2004, 1, 1)), area=home.area)
        bride = member(elsewhere, "child")
        groom = Individual.objects.get(full_name="يوسف كمال")
        applied("marriage", home, person=groom.pk, partner_number=bride.person_ref, living="here")
        assert living_in(home)["هناء علي"] == "other_relative"
        assert living_in(elsewhere) == {"علي": "head"}
        groom.refresh_from_db()
        bride.refresh_from_db()
        assert {groom.marital_status, bride.marital_status} == {"married"}

    def test_the_couple_sets_up_a_household_of_its_own(self, home):
        groom, place = Individual.objects.get(full_name="يوسف كمال"), district()
        request = applied(
            "marriage",
            home,
            person=groom.pk,
            partner_name="هناء سيد",
            partner_birth_date="4/7/2004",
            living="own",
            area_governorate=place.parent_id,
            area_district=place.pk,
            address="شارع جديد",
        )
        own = groom.memberships.current().get().household
        assert own != home
        assert (own.area, own.address, own.registered_on) == (place, "شارع جديد", WEDDING)
        assert living_in(own) == {"يوسف كمال": "head", "هناء سيد": "spouse"}
        assert "يوسف كمال" not in living_in(home)
        assert ("household_ref", None, own.household_ref) in lines(request)

    def test_a_daughter_moves_to_her_husbands_household(self, home):
        his = household_of(person("سامي", sex="M"), area=home.area)
        daughter = Individual.objects.get(full_name="مريم كمال")
        request = applied(
            "marriage", home, person=daughter.pk, partner_number=member(his, "head").person_ref, living="theirs"
        )
        assert living_in(his) == {"سامي": "head", "مريم كمال": "spouse"}
        assert request.other_household == his

    def test_a_married_woman_cannot_marry_again(self, home):
        with pytest.raises(RuleViolation, match="recorded as married"):
            draft("marriage", home, caseworker(), person=member(home, "spouse").pk, living="away")


class TestDivorce:
    def test_the_wife_leaves_with_a_child_to_a_household_of_her_own(self, home):
        head, wife, girl = member(home, "head"), member(home, "spouse"), member(home, "child", 1)
        place = district()
        applied(
            "divorce",
            home,
            person=head.pk,
            partner=wife.pk,
            destination="new",
            leavers=[wife.pk, girl.pk],
            head_of_leavers=wife.pk,
            area_governorate=place.parent_id,
            area_district=place.pk,
        )
        own = wife.memberships.current().get().household
        assert living_in(own) == {"سعاد محمود": "head", "مريم كمال": "child"}
        assert living_in(home) == {"كمال حسن علي": "head", "يوسف كمال": "child"}
        assert set(Individual.objects.filter(pk__in=[head.pk, wife.pk]).values_list("marital_status", flat=True)) == {
            "divorced"
        }
        assert HouseholdFacts.objects.get(household=own).members == 2
        assert HouseholdFacts.objects.get(household=home).members == 2

    def test_nobody_has_to_leave(self, home):
        request = applied(
            "divorce", home, person=member(home, "head").pk, partner=member(home, "spouse").pk, destination="stay"
        )
        assert lines(request) == {("marital_status", "married", "divorced")}


class TestMove:
    def test_gives_another_area_and_address(self, home):
        old, place = home.area_id, district()
        request = applied(
            "move", home, area_governorate=place.parent_id, area_district=place.pk, address="شارع البحر 9", urban="no"
        )
        home.refresh_from_db()
        assert (home.area, home.address, home.urban) == (place, "شارع البحر 9", False)
        assert ("area", old, place.pk) in lines(request)
        assert HouseholdFacts.objects.get(household=home).area_id == place.pk


class TestTraits:
    def test_income(self, home):
        head = member(home, "head")
        request = applied("income", home, income_monthly="٩٥٠٫٥", person=head.pk, works="no")
        home.refresh_from_db()
        head.refresh_from_db()
        assert (home.income_monthly, head.works) == (Decimal("950.5"), False)
        assert ("income_monthly", "1200.000", "950.500") in lines(request)
        assert HouseholdFacts.objects.get(household=home).income_monthly == 950.5

    def test_schooling(self, home):
        boy = member(home, "child")
        applied("schooling", home, person=boy.pk, in_school="no", years_schooling="8")
        boy.refresh_from_db()
        assert (boy.in_school, boy.years_schooling) == (False, 8)
        assert HouseholdFacts.objects.get(household=home).school_age_out_of_school == 1

    def test_more_years_of_school_than_of_life(self, home):
        form = typed(
            "schooling", home, caseworker(), person=member(home, "child").pk, in_school="yes", years_schooling="20"
        )
        assert "years_schooling" in form.errors

    def test_disability_comes_changes_and_goes(self, home):
        girl = member(home, "child", 1)
        DisabilityFactory(individual=girl, domain="vision", severity=2)
        DisabilityFactory(individual=girl, domain="hearing", severity=2)
        applied("disability", home, person=girl.pk, vision="0", hearing="4", mobility="3")
        assert dict(Disability.objects.filter(individual=girl).values_list("domain", "severity")) == {
            "hearing": 4,
            "mobility": 3,
        }
        assert HouseholdFacts.objects.get(household=home).members_with_severe_disability == 1

    def test_identity_keeps_the_former_number_as_removed(self, home):
        wife = member(home, "spouse")
        IdentifierFactory(individual=wife, value="28406150112349")
        applied("identity", home, person=wife.pk, full_name="سعاد محمد", national_id="28406152501224")
        wife.refresh_from_db()
        assert wife.full_name == "سعاد محمد"
        assert "محمد" in wife.name_key
        numbers = Identifier.objects.filter(individual=wife).order_by("pk")
        assert [(one.value, one.removed_on) for one in numbers] == [
            ("28406150112349", WEDDING),
            ("28406152501224", None),
        ]

    def test_identity_refuses_a_number_of_another_birth_date(self, home):
        with pytest.raises(RuleViolation, match="says born on"):
            draft("identity", home, caseworker(), person=member(home, "spouse").pk, national_id="29001010112344")


class TestWholeHouseholds:
    def test_another_head(self, home):
        applied("head", home, new_head=member(home, "spouse").pk)
        assert living_in(home) == {
            "سعاد محمود": "head",
            "كمال حسن علي": "spouse",
            "يوسف كمال": "child",
            "مريم كمال": "child",
        }

    def test_a_son_as_head(self, home):
        girl = member(home, "child", 1)
        applied("head", home, new_head=member(home, "child").pk, **{f"relationship_{girl.pk}": "other_relative"})
        assert living_in(home) == {
            "يوسف كمال": "head",
            "كمال حسن علي": "parent",
            "سعاد محمود": "parent",
            "مريم كمال": "other_relative",
        }

    def test_split_to_another_registered_household(self, home):
        grandmother = household_of(person("أمينة"), area=home.area)
        son, girl = member(home, "child"), member(home, "child", 1)
        applied(
            "split",
            home,
            leavers=[son.pk, girl.pk],
            head_of_leavers=son.pk,
            destination="other",
            other_household=grandmother.household_ref,
            relationship_there="grandchild",
        )
        assert living_in(grandmother) == {"أمينة": "head", "يوسف كمال": "grandchild", "مريم كمال": "grandchild"}
        assert len(living_in(home)) == 2

    def test_somebody_has_to_stay_when_a_household_is_split(self, home):
        everybody = [one.individual_id for one in home.memberships.current()]
        with pytest.raises(RuleViolation, match="Somebody has to stay"):
            draft(
                "split",
                home,
                caseworker(),
                leavers=everybody,
                head_of_leavers=everybody[0],
                destination="new",
                area_governorate=home.area.parent_id,
                area_district=home.area_id,
            )

    def test_join_brings_everybody_and_closes_the_other_file(self, home):
        sons = household_of(
            person("سامي كمال", sex="M"), person("ندى", relationship="spouse"), person("علي"), area=home.area
        )
        applied("join", home, other_household=sons.household_ref, their_head_is="child")
        sons.refresh_from_db()
        assert sons.status == Household.Status.INACTIVE
        assert len(living_in(home)) == 7
        assert (living_in(home)["سامي كمال"], living_in(home)["علي"]) == ("child", "grandchild")
        assert not living_in(sons)

    def test_arrival_of_somebody_registered_elsewhere(self, home):
        other = household_of(person("علي"), person("زينب", relationship="parent"), area=home.area)
        old = member(other, "parent")
        applied("arrival", home, number=old.person_ref, relationship="parent")
        assert living_in(home)["زينب"] == "parent"
        assert living_in(other) == {"علي": "head"}

    def test_departure_of_the_head(self, home):
        head, wife = member(home, "head"), member(home, "spouse")
        applied("departure", home, leavers=[head.pk], new_head=wife.pk)
        assert living_in(home)["سعاد محمود"] == "head"
        assert not head.memberships.current().exists()

    @pytest.mark.parametrize("other", ["UNKNOWN-1", "own"])
    def test_join_with_an_unknown_file_or_itself(self, home, other):
        reference = home.household_ref if other == "own" else other
        assert (
            "other_household"
            in typed("join", home, caseworker(), other_household=reference, their_head_is="child").errors
        )

    def test_nothing_happens_before_the_second_person(self, home):
        before = living_in(home)
        submitted("head", home, new_head=member(home, "spouse").pk)
        assert living_in(home) == before
