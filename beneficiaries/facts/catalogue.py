"""The catalogue of facts: each column of `HouseholdFacts` in both languages, with unit, kind and source."""

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from beneficiaries.models import Dwelling, Individual

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Kind(enum.Enum):
    """What a fact's values are, and so what may be asked of them."""

    COUNT = "count"
    NUMBER = "number"
    MONEY = "money"
    BOOLEAN = "boolean"
    CHOICE = "choice"

    @property
    def is_numeric(self) -> bool:
        return self in (Kind.COUNT, Kind.NUMBER, Kind.MONEY)


class Unit(enum.Enum):
    """What one of it is; the page puts it into words (`beneficiaries.facts.words`)."""

    NONE = ""
    PEOPLE = "people"
    YEARS = "years"
    ROOMS = "rooms"
    DEVICES = "devices"
    PERSONS_PER_ROOM = "persons_per_room"
    RATIO = "ratio"
    SHARE = "share"
    PERCENT = "percent"
    PER_MONTH = "per_month"
    POINTS = "points"


class Topic(enum.Enum):
    """Under which heading of the household file a fact stands."""

    PEOPLE = "people"
    HEAD = "head"
    HOME = "home"
    MONEY = "money"
    PLACE = "place"


@dataclass(frozen=True)
class Fact:
    """One fact: its column, name, kind, unit, where it comes from, and for choices the permitted values.

    `unknown_count` names the count of members of whom this fact is not known: the true number lies between the fact
    and the sum of both. Without it the count is complete.
    """

    code: str
    label: "_StrPromise"
    kind: Kind
    unit: Unit
    topic: Topic
    source: "_StrPromise"
    choices: tuple[tuple[str, Any], ...] = ()
    unknown_count: str = ""
    # Figures that explain others (members of unknown age); rules and scores may use them, lists of facts skip them.
    is_auxiliary: bool = False

    @property
    def is_computed(self) -> bool:
        """Whether it follows from other facts, so that nobody can be asked for it."""
        return self.source in (_COMPUTED, _MODEL)

    def choice_label(self, value: str) -> str:
        """Return the name of a permitted value, or the value itself when it is no longer one."""
        return str(dict(self.choices).get(value, value))


_MEMBERS = _("Members' cards of the registration")
_DWELLING = _("Dwelling section of the registration")
_FUND = _("Answer of the social insurance fund")
_REGISTRATION = _("Registration form")
_COMPUTED = _("Computed from the registration")
_STATISTICS = _("Published figures of the statistics office")
_MODEL = _("Scoring model in force")

_AGE = "members_age_unknown"


def _people(code: str, label: "_StrPromise", unknown: str = "", source: "_StrPromise" = _MEMBERS) -> Fact:
    return Fact(code, label, Kind.COUNT, Unit.PEOPLE, Topic.PEOPLE, source, unknown_count=unknown)


def _unknown(code: str, label: "_StrPromise", source: "_StrPromise" = _MEMBERS) -> Fact:
    return Fact(code, label, Kind.COUNT, Unit.PEOPLE, Topic.PEOPLE, source, is_auxiliary=True)


def _choice(code: str, label: "_StrPromise", choices: Any, topic: Topic = Topic.HOME) -> Fact:
    source = _DWELLING if topic is Topic.HOME else _MEMBERS
    return Fact(code, label, Kind.CHOICE, Unit.NONE, topic, source, choices=tuple(choices))


def _yes_no(code: str, label: "_StrPromise", topic: Topic, source: "_StrPromise") -> Fact:
    return Fact(code, label, Kind.BOOLEAN, Unit.NONE, topic, source)


_FACTS = (
    _people("members", _("Members")),
    _unknown("members_age_unknown", _("Members of unknown age")),
    _people("females", _("Women and girls")),
    _people("males", _("Men and boys")),
    _people("children_0_5", _("Children under 6"), _AGE),
    _people("children_6_11", _("Children of 6 to 11 years (primary age)"), _AGE),
    _people("children_12_14", _("Children of 12 to 14 years (preparatory age)"), _AGE),
    _people("children_15_17", _("Children of 15 to 17 years (secondary age)"), _AGE),
    _people("children_0_17", _("Children under 18"), _AGE),
    _people("adults_18_64", _("Adults of 18 to 64 years"), _AGE),
    _people("elderly_65", _("People of 65 years and over"), _AGE),
    _people("pregnant_members", _("Pregnant women"), "members_pregnancy_unknown"),
    _unknown("members_pregnancy_unknown", _("Women of 15 to 49 years of whom pregnancy is not known")),
    _people("working_members", _("Members who work"), "members_work_unknown"),
    _unknown("members_work_unknown", _("Members of 15 to 64 years of whom work is not known")),
    _people("school_age_out_of_school", _("Children of 6 to 17 years out of school"), "school_age_schooling_unknown"),
    _unknown("school_age_schooling_unknown", _("Children of 6 to 17 years of whom schooling is not known")),
    _people("members_with_disability", _("Members with a functional difficulty")),
    _people("members_with_severe_disability", _("Members with a severe disability")),
    _people(
        "elderly_or_severely_disabled",
        _("People of 65 years and over or with a severe disability"),
        "elderly_or_severely_disabled_unknown",
    ),
    _unknown(
        "elderly_or_severely_disabled_unknown",
        _("Members of unknown age without a severe disability"),
    ),
    Fact(
        "dependency_ratio", _("Dependants per member of working age"), Kind.NUMBER, Unit.RATIO, Topic.PEOPLE, _COMPUTED
    ),
    Fact("dependants_share", _("Share of dependants among members"), Kind.NUMBER, Unit.SHARE, Topic.PEOPLE, _COMPUTED),
    Fact(
        "schooling_years_highest", _("Longest schooling of any member"), Kind.COUNT, Unit.YEARS, Topic.PEOPLE, _MEMBERS
    ),
    Fact(
        "schooling_years_mean_adults",
        _("Mean schooling of the adults"),
        Kind.NUMBER,
        Unit.YEARS,
        Topic.PEOPLE,
        _COMPUTED,
    ),
    _choice("head_sex", _("Sex of the head of household"), Individual.Sex.choices, Topic.HEAD),
    Fact("head_age", _("Age of the head of household"), Kind.COUNT, Unit.YEARS, Topic.HEAD, _MEMBERS),
    _choice(
        "head_marital_status",
        _("Marital status of the head of household"),
        Individual.MaritalStatus.choices,
        Topic.HEAD,
    ),
    Fact("head_schooling_years", _("Schooling of the head of household"), Kind.COUNT, Unit.YEARS, Topic.HEAD, _MEMBERS),
    _yes_no("head_works", _("The head of household works"), Topic.HEAD, _MEMBERS),
    _yes_no("head_with_severe_disability", _("The head of household has a severe disability"), Topic.HEAD, _MEMBERS),
    _yes_no("urban", _("Lives in a town"), Topic.PLACE, _REGISTRATION),
    _choice("tenure", _("Tenure of the home"), Dwelling.Tenure.choices),
    Fact("rooms", _("Rooms"), Kind.COUNT, Unit.ROOMS, Topic.HOME, _DWELLING),
    Fact("bedrooms", _("Bedrooms"), Kind.COUNT, Unit.ROOMS, Topic.HOME, _DWELLING),
    Fact("persons_per_room", _("Persons per room"), Kind.NUMBER, Unit.PERSONS_PER_ROOM, Topic.HOME, _COMPUTED),
    _choice("wall", _("Walls"), Dwelling.Wall.choices),
    _choice("floor", _("Floor"), Dwelling.Floor.choices),
    _choice("roof", _("Roof"), Dwelling.Roof.choices),
    _choice("water", _("Drinking water"), Dwelling.Water.choices),
    _choice("sanitation", _("Sanitation"), Dwelling.Sanitation.choices),
    _choice("electricity", _("Electricity"), Dwelling.Electricity.choices),
    _choice("cooking_fuel", _("Cooking fuel"), Dwelling.CookingFuel.choices),
    _choice("waste", _("Waste"), Dwelling.Waste.choices),
    _yes_no("refrigerator", _("Refrigerator"), Topic.HOME, _DWELLING),
    _yes_no("television", _("Television"), Topic.HOME, _DWELLING),
    _yes_no("computer", _("Computer"), Topic.HOME, _DWELLING),
    _yes_no("mobile_phone", _("Mobile phone"), Topic.HOME, _DWELLING),
    Fact("mobile_phones", _("Mobile phones"), Kind.COUNT, Unit.DEVICES, Topic.HOME, _DWELLING),
    Fact("tablets", _("Tablets"), Kind.COUNT, Unit.DEVICES, Topic.HOME, _DWELLING),
    Fact("monthly_rent", _("Monthly rent"), Kind.MONEY, Unit.PER_MONTH, Topic.MONEY, _DWELLING),
    Fact("income_monthly", _("Monthly income"), Kind.MONEY, Unit.PER_MONTH, Topic.MONEY, _REGISTRATION),
    Fact("income_per_head", _("Monthly income per head"), Kind.MONEY, Unit.PER_MONTH, Topic.MONEY, _COMPUTED),
    Fact(
        "formal_income_highest",
        _("Largest formal income of any member"),
        Kind.MONEY,
        Unit.PER_MONTH,
        Topic.MONEY,
        _FUND,
        unknown_count="adults_formal_income_unknown",
    ),
    _unknown("adults_formal_income_unknown", _("Adults of whom the fund has not answered"), _FUND),
    Fact(
        "governorate_poverty_rate",
        _("Poverty rate of the governorate"),
        Kind.NUMBER,
        Unit.PERCENT,
        Topic.PLACE,
        _STATISTICS,
    ),
    Fact("pmt_score", _("Welfare score"), Kind.NUMBER, Unit.POINTS, Topic.MONEY, _MODEL),
)

CATALOGUE: dict[str, Fact] = {entry.code: entry for entry in _FACTS}


def fact(code: str) -> Fact:
    """Return a fact of the catalogue by its code.

    Raises:
        KeyError: there is no such fact.
    """
    return CATALOGUE[code]
