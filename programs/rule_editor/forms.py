"""The form of one condition: comparisons and fields for the value follow what it looks at."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.facts import CATALOGUE, Kind, Topic, Unit
from ministry import formats
from ministry.certain import certain
from ministry.models import LegalBasis
from ministry.text import clean
from programs.eligibility.checks import count_problems, member_requirement_problems, requirement_problems
from programs.eligibility.member_fields import MEMBER_FIELDS
from programs.eligibility.words import requirement_in_words
from programs.models import Criterion
from programs.rule_editor.outline import Place
from programs.rule_editor.state import LISTS, MEMBERS, Comparison, State, kept_form
from programs.rules import MemberRequirement
from programs.services.rules import CriterionText

_Operator = Criterion.Operator
_ORDERED = (_Operator.GTE, _Operator.LTE, _Operator.EQ, _Operator.NE, _Operator.GT, _Operator.LT)
_TOPICS = {
    Topic.PEOPLE: gettext_lazy("People of the household"),
    Topic.HEAD: gettext_lazy("Head of household"),
    Topic.HOME: gettext_lazy("Home"),
    Topic.MONEY: gettext_lazy("Money"),
    Topic.PLACE: gettext_lazy("Place"),
}
_UNITS = {
    Unit.PEOPLE: gettext_lazy("A number of people."),
    Unit.YEARS: gettext_lazy("In years."),
    Unit.ROOMS: gettext_lazy("A number of rooms."),
    Unit.DEVICES: gettext_lazy("A number of devices."),
    Unit.PERSONS_PER_ROOM: gettext_lazy("Persons per room, for example 2.5."),
    Unit.RATIO: gettext_lazy("A ratio, for example 0.5."),
    Unit.SHARE: gettext_lazy("A share between 0 and 1, for example 0.5."),
    Unit.PERCENT: gettext_lazy("In per cent, for example 30."),
    Unit.POINTS: gettext_lazy("In points."),
}
_YES_NO = (("true", gettext_lazy("Yes")), ("false", gettext_lazy("No")))
VALUE_MAX = certain(Criterion._meta.get_field("value").max_length)


@dataclass(frozen=True)
class Subject:
    """What is compared: its kind, its codes in words, and whether its number may lie between two."""

    label: str
    kind: Kind
    choices: tuple[tuple[str, Any], ...] = ()
    is_range: bool = False
    hint: str = ""
    # Members are counted: the value is how many.
    is_count: bool = False

    @property
    def operators(self) -> list[tuple[str, Any]]:
        """Return the comparisons that have an answer for it, in words; yes or no is simply said."""
        if self.kind is Kind.BOOLEAN:
            return []
        if self.kind is Kind.CHOICE:
            return [(one.value, one.label) for one in (_Operator.IN, _Operator.NOT_IN)]
        listed = () if self.is_range else (_Operator.IN, _Operator.NOT_IN)
        return [(one.value, one.label) for one in (*_ORDERED, *listed)]

    def takes_many(self, operator: str) -> bool:
        """Whether several codes can be ticked."""
        return bool(self.choices) and (self.kind is Kind.CHOICE or operator in LISTS)


def subject_of_fact(code: str) -> Subject | None:
    """Return what a condition on a fact, or on the number of members, compares; None for one that is not there."""
    if code == MEMBERS:
        return Subject(_("Number of members"), Kind.COUNT, is_range=True, hint=str(_UNITS[Unit.PEOPLE]), is_count=True)
    fact = CATALOGUE.get(code)
    if fact is None:
        return None
    if fact.kind is Kind.MONEY:
        hint = _("In {currency} a month.").format(currency=formats.currency_name())
    else:
        hint = str(_UNITS.get(fact.unit, ""))
    return Subject(str(fact.label), fact.kind, fact.choices, bool(fact.unknown_count), hint)


def subject_of_member(code: str) -> Subject | None:
    """Return what a condition on a member compares."""
    found = MEMBER_FIELDS.get(code)
    return Subject(str(found.label), found.kind, found.choices) if found else None


@dataclass(frozen=True)
class MemberRow:
    """The bound fields of one member condition; no value before a field is chosen, no operator for yes and no."""

    number: int
    field: forms.BoundField
    operator: forms.BoundField | None
    value: forms.BoundField | None


class CriterionForm(forms.Form):
    """One condition. Which fields it has is read from `state`; whether they are sound, from `data`."""

    about = forms.ChoiceField(
        label=gettext_lazy("What is looked at"),
        help_text=gettext_lazy("A fact of the household, or how many of its members meet some conditions."),
    )
    when_unknown = forms.ChoiceField(
        label=gettext_lazy("When it is not known"),
        choices=Criterion.WhenUnknown.choices,
        widget=forms.RadioSelect,
    )
    wording_ar = forms.CharField(
        label=gettext_lazy("Public wording in Arabic"),
        help_text=gettext_lazy("As the household reads it, on the portal and in its letter."),
        max_length=300,
        widget=forms.TextInput(attrs={"dir": "rtl", "lang": "ar"}),
    )
    wording_en = forms.CharField(
        label=gettext_lazy("Public wording in English"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "lang": "en"}),
    )
    legal_basis = forms.ModelChoiceField(
        label=gettext_lazy("Legal basis"), queryset=LegalBasis.objects.none(), required=False, empty_label="—"
    )
    note_ar = forms.CharField(
        label=gettext_lazy("Note for staff in Arabic"), max_length=300, required=False,
        widget=forms.TextInput(attrs={"dir": "rtl", "lang": "ar"}),
    )  # fmt: skip
    note_en = forms.CharField(
        label=gettext_lazy("Note for staff in English"), max_length=300, required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "lang": "en"}),
    )  # fmt: skip
    group = forms.ChoiceField(
        label=gettext_lazy("Where it stands"),
        # The first condition brings its group with it.
        required=False,
        error_messages={"invalid_choice": gettext_lazy("This group is gone. Choose another one.")},
    )
    rows = forms.IntegerField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, state: State, groups: Iterable[Place]) -> None:
        self.state = state
        super().__init__(data, initial=self._initial(state))
        self.text: CriterionText | None = None
        self._choose("about", _about_choices())
        self._choose("group", [(str(place.group.pk), heading_of(place)) for place in groups if place.group])
        self.fields["legal_basis"].queryset = LegalBasis.objects.order_by("code")  # type: ignore[attr-defined]
        for name in ("wording_ar", "wording_en", "note_ar", "note_en"):
            self.fields[name].widget.attrs["maxlength"] = "300"
        subject = subject_of_fact(state.main.about)
        if subject is not None:
            self._compare("operator", "value", subject, state.main)
        if state.main.counts_members:
            for number, row in enumerate(state.rows):
                self.fields[f"m{number}-field"] = forms.ChoiceField(
                    label=_("About the member"),
                    choices=[("", "—"), *((code, found.label) for code, found in MEMBER_FIELDS.items())],
                    required=False,
                )
                member = subject_of_member(row.about)
                if member is not None:
                    self._compare(f"m{number}-operator", f"m{number}-value", member, row)

    # What the page draws.

    @property
    def member_rows(self) -> Iterator[MemberRow]:
        """Yield the member conditions to fill in."""
        if not self.state.main.counts_members:
            return
        for number in range(len(self.state.rows)):
            operator, value = (
                self[name] if name in self.fields else None for name in (f"m{number}-operator", f"m{number}-value")
            )
            yield MemberRow(number, self[f"m{number}-field"], operator, value)

    @property
    def has_comparison(self) -> bool:
        return "value" in self.fields

    @property
    def sentence(self) -> str:
        """What the condition asks, exactly, in the reader's language; empty while it cannot be read yet."""
        requirement = self._text(self.state).requirement
        return "" if requirement_problems(requirement) else requirement_in_words(requirement)

    # What is kept.

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors.keys() & {"about", "operator"}:
            return given
        self._check_rows()
        text = self._text(self.state)
        for reason in (
            count_problems(text.operator, text.value)
            if self.state.main.counts_members
            else requirement_problems(text.requirement)
        ):
            self.add_error("value" if "value" in self.fields else "about", reason)
        if len(text.value) > VALUE_MAX:
            self.add_error("value", _("Choose fewer values: together they have too many characters."))
        if not self.errors:
            self.text = text
        return given

    def _check_rows(self) -> None:
        if not self.state.main.counts_members:
            return
        if not any(row.about for row in self.state.rows):
            self.add_error("m0-field", _("Say which members count: the condition has no member conditions."))
        for number, row in enumerate(self.state.rows):
            subject = subject_of_member(row.about)
            if subject is None or self.errors.keys() & {f"m{number}-operator", f"m{number}-value"}:
                continue
            operator, value = kept_form(row, subject.kind)
            for reason in member_requirement_problems(MemberRequirement(row.about, operator, value)):
                self.add_error(f"m{number}-value", reason)

    def _text(self, state: State) -> CriterionText:
        members = []
        for row in state.rows if state.main.counts_members else ():
            if subject := subject_of_member(row.about):
                members.append(MemberRequirement(row.about, *kept_form(row, subject.kind)))
        subject = subject_of_fact(state.main.about)
        operator, value = kept_form(state.main, subject.kind if subject else None)
        basis = state.rest.get("legal_basis", "")
        return CriterionText(
            fact="" if state.main.counts_members else state.main.about,
            operator=operator,
            value=value,
            members=tuple(members),
            when_unknown=state.rest.get("when_unknown", ""),
            legal_basis_id=int(basis) if basis.isascii() and basis.isdigit() else None,
            **{name: clean(state.rest.get(name, "")) for name in ("wording_ar", "wording_en", "note_ar", "note_en")},
        )

    # Fields.

    def _choose(self, name: str, choices: Any) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _compare(self, operator: str, value: str, subject: Subject, comparison: Comparison) -> None:
        if subject.operators:
            self.fields[operator] = forms.ChoiceField(
                label=_("Comparison"),
                choices=subject.operators,
                error_messages={
                    "invalid_choice": _("This comparison does not fit «{fact}». Choose another one.").format(
                        fact=subject.label
                    )
                },
            )
        self.fields[value] = _value_field(subject, comparison.operator)
        many = isinstance(self.fields[value], forms.MultipleChoiceField)
        self.initial[value] = list(comparison.values) if many else ",".join(comparison.values)

    @staticmethod
    def _initial(state: State) -> dict[str, Any]:
        initial: dict[str, Any] = {
            **state.rest, "about": state.main.about, "operator": state.main.operator, "rows": len(state.rows)
        }  # fmt: skip
        for number, row in enumerate(state.rows):
            initial |= {f"m{number}-field": row.about, f"m{number}-operator": row.operator}
        return initial


def heading_of(place: Place) -> str:
    """Return what a group is called among others: where it stands, and what it asks for."""
    kind = {
        "all": _("all of these must hold"),
        "any": _("at least one of these must hold"),
        "none": _("none of these may hold"),
    }[place.group.kind]  # type: ignore[union-attr]
    if place.is_root:
        return _("Outermost group: {kind}").format(kind=kind)
    return _("Group {number}: {kind}").format(number=formats.digits(place.number), kind=kind)


def _about_choices() -> list[Any]:
    by_topic: dict[Topic, list[tuple[str, Any]]] = {topic: [] for topic in _TOPICS}
    for code, fact in CATALOGUE.items():
        by_topic[fact.topic].append((code, fact.label))
    return [
        ("", "—"),
        (_("Members"), [(MEMBERS, Criterion.Subject.MEMBER_COUNT.label)]),
        *((_TOPICS[topic], facts) for topic, facts in by_topic.items()),
    ]


def _value_field(subject: Subject, operator: str) -> forms.Field:
    label = subject.label if subject.is_count else _("Value")
    asks = {"required": _("Enter a value.")}
    if subject.kind is Kind.BOOLEAN:
        return forms.ChoiceField(
            label=label, choices=_YES_NO, widget=forms.RadioSelect(attrs={"class": "inline"}), error_messages=asks
        )
    if subject.takes_many(operator):
        return forms.MultipleChoiceField(
            label=label,
            choices=subject.choices,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Choose at least one.")},
        )
    if subject.choices:
        return forms.ChoiceField(label=label, choices=[("", "—"), *subject.choices], error_messages=asks)
    hint = subject.hint
    if not subject.is_range:
        hint = f"{hint} {_('For «is one of» and «is none of», several with commas between them.')}".strip()
    whole = subject.kind is Kind.COUNT
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=VALUE_MAX,
        error_messages=asks,
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "numeric" if whole else "decimal", "class": "short",
                                      "autocomplete": "off"}),
    )  # fmt: skip
