"""Whatever is done to the register, in whatever order: nobody lives in two homes, nothing is lost, all is told.

Each verb of the register is one rule of the machine below; a new verb is added as one more rule.
"""

import contextlib
import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from beneficiaries.models import DuplicatePair, Household, HouseholdMerge, Individual, Membership, Merge
from beneficiaries.queries.cards import survivor_of
from beneficiaries.services import merges
from beneficiaries.services.households import (
    NewPerson,
    add_member,
    change_head,
    create_household,
    join_households,
    move_household,
    move_members,
    record_death,
    register_person,
    split_household,
)
from beneficiaries.services.merges import Choice
from ministry.exceptions import RuleViolation
from ministry.models import RowVersion
from tests.beneficiaries.factories import DisabilityFactory, IdentifierFactory
from tests.beneficiaries.merging import decider, pair_of, same
from tests.ministry.factories import AreaFactory

TABLES = tuple(
    f"beneficiaries_{name}" for name in ("individual", "identifier", "disability", "membership", "household")
)
DAY = dt.date(2025, 3, 1)
LATER = dt.date(2026, 2, 1)
TRAITS = {
    "phone": ("01012345678", "01099999999", ""),
    "marital_status": ("single", "married", "widowed", ""),
    "birth_date": (dt.date(1980, 5, 6), dt.date(1981, 5, 6), None),
}
RELATIONSHIPS = ("spouse", "child", "parent", "sibling")
picks = st.integers(0, 10_000)


def rows_of(table: str) -> dict[int, dict[str, Any]]:
    """Return every row of a table as the history keeps it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, to_jsonb(t)::text FROM {table} t")
        return {key: json.loads(text) for key, text in cursor.fetchall()}


class Register(RuleBasedStateMachine):
    """A register in the hands of a few careless people."""

    # What is compared before and after, and must be found in the history.
    tables = TABLES

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.first, self.second, self.area = decider(), decider(), AreaFactory()
        self.known = {table: rows_of(table) for table in self.tables}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    # What there is to choose from; a number picks one, whatever is there by now.

    def homes(self) -> list[Household]:
        return list(Household.objects.active().order_by("pk"))

    def home(self, pick: int) -> Household:
        homes = self.homes()
        return homes[pick % len(homes)]

    def members(self, home: Household) -> list[Membership]:
        return list(home.memberships.current().order_by("pk"))

    def another(self, keys: list[int], leaver: int, pick: int) -> int | None:
        """Return somebody else than the one who leaves, or nobody where there is nobody else."""
        others = [key for key in keys if key != keys[leaver % len(keys)]]
        return others[pick % len(others)] if others else None

    def attempt(self, verb: Any, **options: Any) -> Any:
        """Do it; a refusal with its reason is an answer, and leaves everything as it was."""
        before = {table: rows_of(table) for table in self.tables}
        with contextlib.suppress(RuleViolation), transaction.atomic():
            return verb(**options)
        assert {table: rows_of(table) for table in self.tables} == before
        return None

    # Verbs.

    @initialize()
    def two_households(self) -> None:
        self.register(size=2, traits=(0, 1, 0))
        self.register(size=1, traits=(1, 0, 1))

    @rule(size=st.integers(1, 3), traits=st.tuples(picks, picks, picks))
    def register(self, size: int, traits: tuple[int, int, int]) -> None:
        home = create_household(area=self.area, registered_on=DAY)
        for number in range(size):
            person = register_person(NewPerson(full_name="سعاد محمود علي", sex="F", birth_date=None))
            for (name, values), pick in zip(TRAITS.items(), traits, strict=True):
                setattr(person, name, values[(pick + number) % len(values)])
            person.save()
            IdentifierFactory(individual=person, value_key=f"288061512345{traits[0] % 3}{number}")
            if traits[1] % 2:
                DisabilityFactory(individual=person, severity=2 + traits[2] % 3)
            relationship = "head" if number == 0 else RELATIONSHIPS[traits[2] % len(RELATIONSHIPS)]
            add_member(household=home, individual=person, relationship=relationship, joined_on=DAY)

    @rule(home=picks, member=picks, trait=st.sampled_from(sorted(TRAITS)), value=picks)
    def correct(self, home: int, member: int, trait: str, value: int) -> None:
        members = self.members(self.home(home))
        person = members[member % len(members)].individual
        setattr(person, trait, TRAITS[trait][value % len(TRAITS[trait])])
        person.save()

    @rule(home=picks, member=picks)
    def let_head(self, home: int, member: int) -> None:
        one = self.home(home)
        members = self.members(one)
        self.attempt(change_head, household=one, new_head=members[member % len(members)].individual_id)

    @rule(home=picks)
    def move(self, home: int) -> None:
        self.attempt(move_household, household=self.home(home), area=AreaFactory(), address="شارع النيل")

    @rule(home=picks, member=picks, head=picks)
    def split(self, home: int, member: int, head: int) -> None:
        one = self.home(home)
        keys = [membership.individual_id for membership in self.members(one)]
        leaver = keys[member % len(keys)]
        self.attempt(
            split_household,
            household=one,
            leavers=[leaver],
            on=LATER,
            head_of_leavers=leaver,
            area=self.area,
            new_head=self.another(keys, member, head),
        )

    @rule(home=picks, to=picks, member=picks, head=picks)
    def move_one(self, home: int, to: int, member: int, head: int) -> None:
        one = self.home(home)
        keys = [membership.individual_id for membership in self.members(one)]
        leaver = keys[member % len(keys)]
        self.attempt(
            move_members,
            household=one,
            leavers=[leaver],
            to=self.home(to),
            on=LATER,
            relationships={leaver: "sibling"},
            new_head=self.another(keys, member, head),
        )

    @rule(home=picks, joining=picks)
    def join(self, home: int, joining: int) -> None:
        self.attempt(
            join_households,
            household=self.home(home),
            joining=self.home(joining),
            on=LATER,
            their_head_is="sibling",
        )

    @precondition(lambda self: len(self.homes()) > 1)
    @rule(home=picks, member=picks, head=picks)
    def bury(self, home: int, member: int, head: int) -> None:
        one = self.home(home)
        keys = [membership.individual_id for membership in self.members(one)]
        dead = keys[member % len(keys)]
        self.attempt(
            record_death, household=one, individual=dead, died_on=LATER, new_head=self.another(keys, member, head)
        )

    def _merge(self, first: int, second: int, stays: bool, keeps: bool, head: int) -> Merge | None:
        people = list(Individual.objects.filter(memberships__left_on=None, memberships__isnull=False).order_by("pk"))
        if len(people) < 2:
            return None
        one = people.pop(first % len(people))
        other = people[second % len(people)]
        low, high = sorted((one, other), key=lambda person: person.pk)
        pair = DuplicatePair.objects.filter(individual_a=low, individual_b=high).first() or pair_of(low, high)
        if pair.merges.filter(status__in=("proposed", *Merge.STANDING)).exists():
            return None
        if pair.status != DuplicatePair.Status.SAME:
            pair = same(pair, self.first)
        homes = [person.memberships.get(left_on=None).household for person in (one, other)]
        left = homes[1 if keeps else 0]
        others = [row.individual for row in self.members(left) if row.individual_id not in (one.pk, other.pk)]
        options = {"survivor": one if stays else other, "kept_household": homes[0 if keeps else 1]}
        candidates = [others[head % len(others)]] if others and head % 2 else []
        for new_head in [*candidates, None]:
            merge = self.attempt(
                merges.propose_merge, pair=pair, actor=self.first, note="بطاقة واحدة", new_head=new_head, **options
            )
            if merge:
                return self.attempt(merges.confirm_merge, merge=merge, actor=self.second)
        return None

    @rule(first=picks, second=picks, stays=st.booleans(), keeps=st.booleans(), head=picks)
    def merge(self, **choices: Any) -> None:
        self._merge(**choices)

    @rule(first=picks, second=picks, stays=st.booleans(), keeps=st.booleans(), head=picks)
    def merge_and_part(self, **choices: Any) -> None:
        before = {table: rows_of(table) for table in self.tables}
        merge = self._merge(**choices)
        if merge is not None:
            self._part(merge)
            assert {table: rows_of(table) for table in self.tables} == before, "undoing is the inverse"

    def _join_files(self, home: int, other: int, matched: int) -> HouseholdMerge | None:
        """Propose and confirm that two files are of one household: so many of the second are people of the first."""
        kept, closed = self.home(home), self.home(other)
        here, there = ([row.individual_id for row in self.members(one)] for one in (kept, closed))
        choices = {
            person: Choice(same_as=here[place]) if place < min(len(here), 1 + matched) else Choice(relationship="child")
            for place, person in enumerate(there)
        }
        whole = self.attempt(
            merges.propose_household_merge,
            kept=kept,
            closed=closed,
            choices=choices,
            actor=self.first,
            note="أسرة واحدة",
        )
        return self.attempt(merges.confirm_household_merge, whole=whole, actor=self.second) if whole else None

    @precondition(lambda self: len(self.homes()) > 1)
    @rule(home=picks, other=picks, matched=st.integers(0, 2))
    def join_files(self, home: int, other: int, matched: int) -> None:
        self._join_files(home, other, matched)

    @precondition(lambda self: len(self.homes()) > 1)
    @rule(home=picks, other=picks, matched=st.integers(0, 2))
    def join_files_and_part(self, home: int, other: int, matched: int) -> None:
        before = {table: rows_of(table) for table in self.tables}
        whole = self._join_files(home, other, matched)
        if whole is not None:
            self._part_files(whole)
            assert {table: rows_of(table) for table in self.tables} == before, "undoing is the inverse"

    @precondition(lambda self: HouseholdMerge.objects.standing().exists())
    @rule(pick=picks)
    def part_files(self, pick: int) -> None:
        standing = list(HouseholdMerge.objects.standing().order_by("pk"))
        whole = standing[pick % len(standing)]
        in_the_way = merges.obstacles_to_household_undo(whole)
        assert (self.attempt(self._part_files, whole=whole) is None) == bool(in_the_way)

    def _part_files(self, whole: HouseholdMerge) -> HouseholdMerge:
        whole = merges.propose_household_undo(whole=whole, actor=self.first, note="أسرتان")
        return merges.confirm_household_undo(whole=whole, actor=self.second)

    @precondition(lambda self: Merge.objects.standing().filter(whole=None).exists())
    @rule(pick=picks)
    def part(self, pick: int) -> None:
        standing = list(Merge.objects.standing().filter(whole=None).order_by("pk"))
        merge = standing[pick % len(standing)]
        in_the_way = merges.obstacles_to_undo(merge)
        assert (self.attempt(self._part, merge=merge) is None) == bool(in_the_way)
        if not in_the_way:
            merged = merge.merged
            merged.refresh_from_db()
            assert merged.merged_into_id is None
            for step in merge.steps.filter(record_type="beneficiaries.membership"):
                row = rows_of("beneficiaries_membership")[step.record_id]
                assert all(row[name] == value for name, value in step.before.items())

    def _part(self, merge: Merge) -> Merge:
        merge = merges.propose_undo(merge=merge, actor=self.first, note="شخصان")
        return merges.confirm_undo(merge=merge, actor=self.second)

    # What holds after each of them.

    @invariant()
    def nobody_lives_in_two_homes(self) -> None:
        current = list(Membership.objects.current().values_list("individual", flat=True))
        assert len(current) == len(set(current))

    @invariant()
    def a_home_in_which_somebody_lives_has_one_head(self) -> None:
        connection.check_constraints()
        for home in Household.objects.all():
            members = self.members(home)
            heads = [row for row in members if row.relationship == "head"]
            assert len(heads) == (1 if members else 0)
            assert bool(members) == (home.status != Household.Status.INACTIVE)

    @invariant()
    def everybody_is_found(self) -> None:
        for person in Individual.objects.filter(merged_into__isnull=False):
            last = survivor_of(person)
            assert last.merged_into_id is None
            assert not person.memberships.exists()
            assert last.memberships.exists()

    @invariant()
    def nothing_is_lost_and_every_change_is_in_the_history(self) -> None:
        now = {table: rows_of(table) for table in self.tables}
        for table, known in self.known.items():
            assert known.keys() <= now[table].keys(), f"rows of {table} are gone"
            changed = [key for key, row in known.items() if row != now[table][key]]
            versions = RowVersion.objects.filter(table_name=table, row_id__in=changed)
            kept = [(version.row_id, version.row) for version in versions]
            for key in changed:
                assert (key, known[key]) in kept, f"what row {key} of {table} held is not in the history"
        self.known = now


@pytest.mark.django_db
def test_the_register_stays_sound_whatever_is_done():
    run_state_machine_as_test(
        Register,
        settings=settings(
            max_examples=8,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
