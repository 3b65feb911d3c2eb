"""What every kind of change has in common: its form, the papers it needs, and the deed."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.models import ChangeEvidence, ChangeRequest, Household, Identifier, Individual, Membership
from beneficiaries.rules import completed_years
from beneficiaries.services.households.members import members_of
from ministry import countries, formats
from ministry.certain import declared_as
from ministry.forms import DateTypedField, DigitsField
from ministry.models import User
from ministry.text import clean, digits

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Text: TypeAlias = "str | _StrPromise"
Relationship = Membership.Relationship
# Somebody who comes in can be anything but the head.
RELATIONSHIPS = [choice for choice in Relationship.choices if choice[0] != Relationship.HEAD]
# Up to so many people are shown as buttons, more as a list.
_SHOWN_AT_ONCE = 7
# How far ahead a change may be asked for.
AHEAD = dt.timedelta(days=366)


@dataclass
class Touched:
    """Households and people (keys) in whose rows a deed may have written."""

    households: set[int] = field(default_factory=set)
    individuals: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Deed:
    """What is to be done: to which household, with which answers, as of which day."""

    household: Household
    answers: dict[str, Any]
    effective_on: dt.date

    def person(self, name: str = "person") -> Individual:
        """Return the person an answer names."""
        return Individual.objects.get(pk=self.answers[name])

    def date(self, name: str) -> dt.date | None:
        """Return a date an answer gives."""
        value = self.answers.get(name)
        return dt.date.fromisoformat(value) if value else None

    def relationships(self) -> dict[int, str]:
        """Return what members are said to be to the new head, by the person's key."""
        prefix = "relationship_"
        return {
            int(name.removeprefix(prefix)): value
            for name, value in self.answers.items()
            if value and name.startswith(prefix) and name.removeprefix(prefix).isdigit()
        }

    def touched(self, *others: Household | None) -> Touched:
        """Return this household and others with everybody who lives or lived in them."""
        keys = {self.household.pk} | {one.pk for one in others if one is not None}
        return Touched(keys, set(Membership.objects.filter(household__in=keys).values_list("individual_id", flat=True)))


class ChangeForm(forms.Form):
    """The questions of one kind. Each gives an answer that can be kept as JSON: keys, ISO dates, numbers as text."""

    effective_on = DateTypedField(label=gettext_lazy("In effect from"))
    note = forms.CharField(
        label=gettext_lazy("Note for whoever approves"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    effective_label: Text = ""
    effective_help: Text = ""
    may_lie_ahead = False

    def __init__(self, *args: Any, household: Household, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.household = household
        self.reader = reader
        self.members = members_of(household)
        day = declared_as(DateTypedField, self.fields["effective_on"])
        if self.effective_label:
            day.label = self.effective_label
        if self.effective_help:
            day.help_text = self.effective_help
        today = timezone.localdate()
        day.latest = today + AHEAD if self.may_lie_ahead else today
        day.earliest = dt.date(1900, 1, 1)
        self.arrange()
        # The note comes last, whatever the kind has added.
        self.order_fields([name for name in self.fields if name != "note"])

    def arrange(self) -> None:
        """Add the fields that depend on who lives in the household."""

    def clean(self) -> dict[str, Any]:
        """Take what people type free of invisible characters before anything is compared or stored."""
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str):
                cleaned[name] = value.strip() if name == "note" else clean(value)
        return cleaned

    def answers(self) -> dict[str, Any]:
        """Return what was answered, ready to be kept."""
        return {
            name: _plain(value) for name, value in self.cleaned_data.items() if name not in {"effective_on", "note"}
        }

    def other_household_id(self) -> int | None:
        """Return the other household the answers name, where they name one."""
        other = self.cleaned_data.get("other_household")
        return other.pk if isinstance(other, Household) else None

    # Fields that several kinds use.

    def member_field(
        self, label: Text, *, among: Iterable[Membership] | None = None, required: bool = True, help_text: Text = ""
    ) -> forms.TypedChoiceField:
        """Return a choice of one member."""
        choices = self.people(self.members if among is None else among)
        few = len(choices) <= _SHOWN_AT_ONCE
        nobody = [] if required else [("", _("Nobody"))]
        widget: forms.Widget = forms.RadioSelect() if few and required else forms.Select()
        first = [("", _("Choose a person"))] if required and not few else nobody
        return forms.TypedChoiceField(
            label=label,
            choices=[*first, *choices],
            coerce=int,
            empty_value=None,
            required=required,
            help_text=help_text,
            widget=widget,
        )

    def members_field(self, label: Text, *, required: bool = True, help_text: Text = "") -> forms.Field:
        """Return a choice of several members."""
        return forms.TypedMultipleChoiceField(
            label=label,
            choices=self.people(self.members),
            coerce=int,
            required=required,
            help_text=help_text,
            widget=forms.CheckboxSelectMultiple,
        )

    def people(self, memberships: Iterable[Membership]) -> list[tuple[int, str]]:
        """Return members as choices: name, what they are to the head, age."""
        today = timezone.localdate()
        choices = []
        for membership in memberships:
            person = membership.individual
            age = formats.number(completed_years(person.birth_date, today)) if person.birth_date else _("age not known")
            choices.append(
                (
                    person.pk,
                    _("{name} — {relationship}, {age}").format(
                        name=person.full_name, relationship=membership.get_relationship_display(), age=age
                    ),
                )
            )
        return choices

    def new_head_field(self) -> forms.TypedChoiceField:
        """Return the question who is head from now on, which is asked only where the head goes."""
        return self.member_field(
            _("New head of household"),
            among=[one for one in self.members if one.relationship != Relationship.HEAD],
            required=False,
            help_text=_("Only where the head leaves or has died and somebody stays."),
        )

    def is_head(self, person: int | None) -> bool:
        """Whether the answer names the head."""
        return any(one.individual_id == person and one.relationship == Relationship.HEAD for one in self.members)

    def require_new_head(self, gone: set[int], cleaned: dict[str, Any]) -> None:
        """Ask for a new head where the head is among those who go and somebody stays."""
        stays = [one for one in self.members if one.individual_id not in gone]
        if not stays or not any(self.is_head(person) for person in gone):
            return
        chosen = cleaned.get("new_head")
        if chosen is None:
            self.add_error("new_head", _("The head leaves: choose who of those staying is the new head."))
        elif chosen in gone:
            self.add_error("new_head", _("The new head must be one of those who stay."))

    def find_household(self, reference: str) -> Household:
        """Return the household with this file number among those the reader works for.

        Raises:
            ValidationError: there is none, it is this one, or it has left the register.
        """
        household = (
            Household.objects.visible_to(self.reader, "beneficiaries.add_changerequest")
            .filter(household_ref__iexact=clean(reference))
            .first()
        )
        if household is None:
            raise ValidationError(_("There is no household with this file number in your area."), code="unknown")
        if household.pk == self.household.pk:
            raise ValidationError(_("This is the same household. Enter the file number of the other one."))
        if household.status == Household.Status.INACTIVE:
            raise ValidationError(_("This household has left the register."), code="inactive")
        return household

    def find_person(self, number: str) -> Individual:
        """Return the person with this person number or national number, where the reader may deal with them.

        Raises:
            ValidationError: nobody has it, several have, the person died, or lives outside the reader's area.
        """
        typed = clean(number)
        people = list(
            Individual.objects.filter(
                pk__in={
                    *Individual.objects.filter(person_ref__iexact=typed).values_list("pk", flat=True),
                    *Identifier.objects.filter(
                        kind=Identifier.Kind.NATIONAL_ID, value_key=digits(typed) or "-", removed_on__isnull=True
                    ).values_list("individual_id", flat=True),
                }
            )[:2]
        )
        if not people:
            raise ValidationError(_("Nobody in the register has this number. Check it, or enter a new person."))
        if len(people) > 1:
            raise ValidationError(
                _("Several people in the register have this number. Enter the person's number from the file instead.")
            )
        # A card that was found to be somebody's second one leads to the first.
        person = people[0].merged_into or people[0]
        if person.died_on:
            raise ValidationError(_("The person with this number has died."), code="dead")
        membership = person.memberships.current().select_related("household").first()
        if membership is not None:
            if membership.household_id == self.household.pk:
                raise ValidationError(_("This person lives in this household already."), code="here")
            if not (
                Household.objects.visible_to(self.reader, "beneficiaries.add_changerequest")
                .filter(pk=membership.household_id)
                .exists()
            ):
                raise ValidationError(
                    _("This person belongs to a household outside your area. Ask the office there to record it."),
                    code="elsewhere",
                )
        return person


class ChangeKind:
    """One kind of change."""

    code: str = ""
    # When this is the right form, for the page on which one chooses.
    lead: Text = ""
    icon: str = "edit"
    form_class: type[ChangeForm] = ChangeForm
    # Papers without which it cannot be submitted.
    evidence: tuple[str, ...] = ()

    @property
    def label(self) -> Text:
        """What the kind is called."""
        return ChangeRequest.Kind(self.code).label

    def papers(self) -> list[tuple[str, Text]]:
        """Return the papers this kind needs, as (kind, name)."""
        return [(kind, ChangeEvidence.Kind(kind).label) for kind in self.evidence]

    def apply(self, deed: Deed) -> Touched:
        """Write the change into the register and say which rows it may have touched.

        Raises:
            RuleViolation: the register does not allow it.
        """
        raise NotImplementedError


def national_id_field(label: "Text | None" = None) -> DigitsField:
    """Return an optional national number, of the country's length."""
    return DigitsField(
        label=label or gettext_lazy("National number"), length=countries.current().national_id_length, required=False
    )


def name_field(label: Text, *, required: bool = True) -> forms.CharField:
    """Return a person's name."""
    return forms.CharField(
        label=label, required=required, max_length=300, widget=forms.TextInput(attrs={"dir": "auto"})
    )


def yes_no(label: Text, *, required: bool = True) -> forms.TypedChoiceField:
    """Return a question with yes and no; unanswered it gives None."""
    return forms.TypedChoiceField(
        label=label,
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=required,
        widget=forms.RadioSelect(attrs={"class": "inline"}),
    )


def relationship_field(label: Text, *, required: bool = True, help_text: Text = "") -> forms.ChoiceField:
    """Return the question what somebody is to the head."""
    return forms.ChoiceField(
        label=label,
        choices=[("", gettext_lazy("Choose") if required else gettext_lazy("Work it out")), *RELATIONSHIPS],
        required=required,
        help_text=help_text,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, QuerySet):
        return [one.pk for one in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value
