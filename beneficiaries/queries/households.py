"""What the file of a household shows, gathered in a fixed number of statements however many people live there."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries import rules
from beneficiaries.facts import CATALOGUE, Fact, Topic, Unit, phrase
from beneficiaries.models import Dwelling, Household, HouseholdFacts, Individual, Membership, Merge
from beneficiaries.queries.pairs import PairCard, pair_cards
from beneficiaries.queries.scores import ScoreExplanation, explain_score, score_model_in_force
from beneficiaries.queries.standing import former_files
from beneficiaries.queries.timeline import timeline_of
from beneficiaries.slots import HouseholdPanel, TimelineItem, household_panels
from ministry import formats
from ministry.documents.access import may_read
from ministry.models import Document, User

PMT = "pmt"


@dataclass(frozen=True)
class MemberCard:
    """A member as the file shows them."""

    membership: Membership
    individual: Individual
    # Completed years today; None when the birth date is unknown.
    age: int | None

    @property
    def schooling(self) -> str:
        years = self.individual.years_schooling
        known = "" if years is None else phrase(CATALOGUE["head_schooling_years"], years)
        if self.individual.in_school:
            return _("in school; {years} so far").format(years=known) if known else _("in school")
        return known


@dataclass(frozen=True)
class FactGroup:
    """Facts under one heading, as (name, value in words)."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Panel:
    """A panel that a higher app adds to the file, with what its template needs."""

    panel: HouseholdPanel
    context: dict[str, Any]


def _topic_titles() -> dict[Topic, str]:
    return {
        Topic.PEOPLE: _("People"),
        Topic.HEAD: _("Head of household"),
        Topic.HOME: _("Home and belongings"),
        Topic.MONEY: _("Income"),
        Topic.PLACE: _("Place"),
    }


class HouseholdFile:
    """The file of one household for one reader; each section is read when the page asks for it."""

    def __init__(self, household: Household, reader: User) -> None:
        self.household = household
        self.reader = reader

    @cached_property
    def members(self) -> list[MemberCard]:
        """Return those who live here now: the head first, then by age."""
        today = timezone.localdate()
        memberships = (
            self.household.memberships.current()
            .select_related("individual")
            .prefetch_related("individual__identifiers", "individual__disabilities")
        )
        cards = [
            MemberCard(
                membership,
                membership.individual,
                rules.completed_years(membership.individual.birth_date, today)
                if membership.individual.birth_date
                else None,
            )
            for membership in memberships
        ]
        return sorted(
            cards, key=lambda card: (card.membership.relationship != "head", -(card.age or 0), card.membership.pk)
        )

    @cached_property
    def head(self) -> Individual | None:
        return next((card.individual for card in self.members if card.membership.relationship == "head"), None)

    @cached_property
    def facts(self) -> HouseholdFacts | None:
        return HouseholdFacts.objects.filter(household=self.household).first()

    @property
    def fact_groups(self) -> list[FactGroup]:
        """Return the facts about people, head, income and place; the home has a section of its own."""
        if self.facts is None:
            return []
        rows: dict[Topic, list[tuple[str, str]]] = defaultdict(list)
        nobody = []
        for fact in CATALOGUE.values():
            if fact.is_auxiliary or fact.code == "pmt_score" or fact.topic is Topic.HOME:
                continue
            if fact.code == "monthly_rent" and self.facts.tenure != Dwelling.Tenure.RENTED:
                continue
            value = getattr(self.facts, fact.code)
            # Known zeros are told in one line; an uncertain zero keeps its row.
            if (
                fact.unit is Unit.PEOPLE
                and value == 0
                and not (fact.unknown_count and getattr(self.facts, fact.unknown_count))
            ):
                nobody.append(str(fact.label))
            else:
                rows[fact.topic].append((str(fact.label), self.in_words(fact, value)))
        if nobody:
            rows[Topic.PEOPLE].append((_("None of these"), _(", ").join(nobody)))
        return [FactGroup(title, tuple(rows[topic])) for topic, title in _topic_titles().items() if rows[topic]]

    def in_words(self, fact: Fact, value: Any) -> str:
        """Return a fact in words; of a count that may be larger, that it is at least so much."""
        if fact.unit is Unit.PEOPLE and fact.unknown_count and getattr(self.facts, fact.unknown_count):
            unknown = getattr(self.facts, fact.unknown_count)
            return _("{count}; not known of {unknown}").format(count=phrase(fact, value), unknown=phrase(fact, unknown))
        return phrase(fact, value)

    @cached_property
    def home(self) -> list[tuple[str, str]]:
        """Return the dwelling and what is in it, or nothing when nobody has asked."""
        if self.facts is None or getattr(self.household, "dwelling", None) is None:
            return []
        return [
            (str(fact.label), phrase(fact, getattr(self.facts, fact.code)))
            for fact in CATALOGUE.values()
            if fact.topic is Topic.HOME
        ]

    @cached_property
    def score(self) -> ScoreExplanation | None:
        """Return the score by the model in force with what each trait adds to it."""
        model = score_model_in_force(PMT)
        return explain_score(model, self.household) if model else None

    @cached_property
    def pairs(self) -> list[PairCard]:
        return pair_cards(self.household, self.reader)

    @property
    def has_hold(self) -> bool:
        """Whether a possible duplicate keeps this household's payments back."""
        return any(card.holds_payment for card in self.pairs)

    @cached_property
    def successor(self) -> Household | None:
        """Return the household in which the person lives who was the last one here, once two cards were merged."""
        if self.household.status != Household.Status.INACTIVE:
            return None
        merge = (
            Merge.objects.standing()
            .filter(closed_household=self.household)
            .exclude(kept_household=self.household)
            .select_related("kept_household")
            .first()
        )
        return merge.kept_household if merge else None

    @cached_property
    def former_files(self) -> list[Household]:
        """Return the closed files whose people were found to be people of this one; what was paid there stays there."""
        return [
            home
            for home in former_files(self.household)
            if self.reader.has_perm("beneficiaries.view_household", home.area)
        ]

    @cached_property
    def panels(self) -> list[Panel]:
        """Return the panels of higher apps that this reader may see."""
        panels = []
        for panel in household_panels:
            if self.reader.has_perm(panel.permission, self.household.area):
                context = panel.context(self.household, self.reader)
                if context is not None:
                    panels.append(Panel(panel, context))
        return panels

    @cached_property
    def documents(self) -> list[Document]:
        documents = Document.objects.filter(
            subject_type=self.household._meta.label_lower, subject_id=self.household.pk
        ).select_related("uploaded_by")
        return [document for document in documents if may_read(self.reader, document)]

    @cached_property
    def timeline(self) -> list[TimelineItem]:
        return timeline_of(self.household, self.reader)

    @property
    def summary(self) -> list[tuple[str, Any]]:
        """Return what stands at the head of the file."""
        household = self.household
        governorate = household.area.parent if household.area.level == "district" else None
        place: Iterable[str] = [area.name for area in (household.area, governorate) if area is not None]
        return [
            (_("File number"), formats.isolated(household.household_ref)),
            (_("Area"), _(", ").join(place)),
            (_("Address"), household.address),
            (_("Phone"), formats.masked(household.phone_key or household.phone)),
            (_("Registered on"), formats.day(household.registered_on)),
            (_("Members"), phrase(CATALOGUE["members"], len(self.members))),
        ]

    @property
    def facts_as_of(self) -> dt.date | None:
        return self.facts.as_of if self.facts else None
