"""Somebody comes to live in the household."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.changes.kind import (
    ChangeForm,
    ChangeKind,
    Deed,
    Touched,
    name_field,
    national_id_field,
    relationship_field,
)
from beneficiaries.models import ChangeEvidence, Individual
from beneficiaries.services.households import NewPerson, add_member, end_memberships, register_person
from ministry.certain import declared_as
from ministry.forms import DateTypedField


class ArrivalForm(ChangeForm):
    """Who comes, by number where registered, and what they are to the head."""

    effective_label = gettext_lazy("Lives here since")
    number = forms.CharField(
        label=gettext_lazy("Person number or national number, where registered"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    full_name = name_field(gettext_lazy("Otherwise: full name"), required=False)
    sex = forms.ChoiceField(
        label=gettext_lazy("Sex"), choices=[("", gettext_lazy("Choose")), *Individual.Sex.choices], required=False
    )
    birth_date = DateTypedField(label=gettext_lazy("Date of birth"), required=False)
    mother_name = name_field(gettext_lazy("Mother's name"), required=False)
    national_id = national_id_field()
    relationship = relationship_field(gettext_lazy("Relationship to the head"))

    def arrange(self) -> None:
        self.person: Individual | None = None
        declared_as(DateTypedField, self.fields["birth_date"]).latest = timezone.localdate()
        self.order_fields(
            ["number", "full_name", "sex", "birth_date", "mother_name", "national_id", "relationship", "effective_on"]
        )

    def clean_number(self) -> str:
        number = self.cleaned_data["number"]
        if number:
            self.person = self.find_person(number)
        return number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("number") and "number" not in self.errors:
            for name in ("full_name", "sex", "birth_date"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("Enter the number of somebody registered, or name, sex and date of birth."))
        return cleaned

    def answers(self) -> dict[str, Any]:
        return super().answers() | {"person": self.person.pk if self.person else None}

    def other_household_id(self) -> int | None:
        home = self.person.memberships.current().first() if self.person else None
        return home.household_id if home else None


class Arrival(ChangeKind):
    """Lets somebody live here: a new person, or somebody registered, who leaves the household they came from."""

    code = "arrival"
    lead = gettext_lazy("Somebody has come to live here: a relative, a child taken in, somebody who has returned.")
    icon = "sign-in"
    form_class = ArrivalForm
    evidence = (ChangeEvidence.Kind.DECLARATION,)

    def apply(self, deed: Deed) -> Touched:
        answers = deed.answers
        home = None
        if answers["person"]:
            person = deed.person()
            home = person.memberships.current().select_related("household").first()
            if home:
                end_memberships(household=home.household, leavers=[person.pk], on=deed.effective_on)
        else:
            person = register_person(
                NewPerson(
                    full_name=answers["full_name"],
                    sex=answers["sex"],
                    birth_date=deed.date("birth_date"),
                    mother_name=answers["mother_name"],
                    national_id=answers["national_id"],
                )
            )
        add_member(
            household=deed.household,
            individual=person,
            relationship=answers["relationship"],
            joined_on=deed.effective_on,
        )
        return deed.touched(home.household if home else None)
