"""A member has married."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.changes.kind import ChangeForm, ChangeKind, Deed, Touched, name_field, national_id_field
from beneficiaries.models import ChangeEvidence, Household, Individual, Membership
from beneficiaries.rules import relationship_across
from beneficiaries.services.households import (
    NewPerson,
    add_member,
    create_household,
    end_memberships,
    register_person,
)
from beneficiaries.services.households.members import membership_in
from ministry.exceptions import RuleViolation
from ministry.forms import AreaField, DateTypedField
from ministry.models import Area

HERE, THEIRS, OWN, AWAY = "here", "theirs", "own", "away"
MARRIED = Individual.MaritalStatus.MARRIED
Relationship = Membership.Relationship


class MarriageForm(ChangeForm):
    """Who married whom, when, and where the two live."""

    effective_label = gettext_lazy("Date of the marriage")
    partner_number = forms.CharField(
        label=gettext_lazy("Husband or wife: person number or national number, where registered"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    partner_name = name_field(gettext_lazy("Otherwise: full name of the husband or wife"), required=False)
    partner_birth_date = DateTypedField(label=gettext_lazy("Date of birth of the husband or wife"), required=False)
    partner_mother_name = name_field(gettext_lazy("Mother's name of the husband or wife"), required=False)
    partner_national_id = national_id_field(gettext_lazy("National number of the husband or wife"))
    living = forms.ChoiceField(
        label=gettext_lazy("Where the two live"),
        choices=[
            (HERE, gettext_lazy("In this household")),
            (OWN, gettext_lazy("In a household of their own")),
            (THEIRS, gettext_lazy("In the household of the husband or wife")),
            (AWAY, gettext_lazy("Outside the register: the member leaves this household")),
        ],
        widget=forms.RadioSelect,
    )
    area = AreaField(label=gettext_lazy("Area of their own household"), required=False, district_required=True)
    address = forms.CharField(
        label=gettext_lazy("Address of their own household"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )

    def arrange(self) -> None:
        self.partner: Individual | None = None
        self.fields["person"] = self.member_field(_("Who has married"))
        self.fields["new_head"] = self.new_head_field()
        self.order_fields(["person", "effective_on"])

    def clean_partner_number(self) -> str:
        number = self.cleaned_data["partner_number"]
        if number:
            self.partner = self.find_person(number)
        return number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        person = next((one for one in self.members if one.individual_id == cleaned.get("person")), None)
        if not cleaned.get("partner_number") and "partner_number" not in self.errors:
            for name in ("partner_name", "partner_birth_date"):
                if cleaned.get("living") in {HERE, OWN} and not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("Enter the number of somebody registered, or name and date of birth."))
        if person and self.partner and self.partner.sex == person.individual.sex:
            self.add_error("partner_number", _("This number belongs to a person of the same sex. Check it."))
        if cleaned.get("living") == THEIRS and not (self.partner and _home_of(self.partner)):
            self.add_error("partner_number", _("Enter the number of somebody who lives in a registered household."))
        if cleaned.get("living") == OWN and not cleaned.get("area") and "area" not in self.errors:
            self.add_error("area", _("Choose where the new household lives."))
        if person and cleaned.get("living") in {OWN, THEIRS, AWAY}:
            self.require_new_head({person.individual_id}, cleaned)
        return cleaned

    def answers(self) -> dict[str, Any]:
        return super().answers() | {"partner": self.partner.pk if self.partner else None}

    def other_household_id(self) -> int | None:
        home = _home_of(self.partner) if self.partner else None
        return home.household_id if home else None


def _home_of(person: Individual) -> Membership | None:
    return person.memberships.current().select_related("household").first()


class Marriage(ChangeKind):
    """Marries two people and lets them live where they live."""

    code = "marriage"
    lead = gettext_lazy("A member has married; the husband or wife comes here, or the member moves out.")
    icon = "heart"
    form_class = MarriageForm
    evidence = (ChangeEvidence.Kind.MARRIAGE_CONTRACT,)

    def apply(self, deed: Deed) -> Touched:
        answers, on = deed.answers, deed.effective_on
        person = deed.person()
        place = membership_in(deed.household, person.pk)
        if person.sex == Individual.Sex.FEMALE and person.marital_status == MARRIED:
            raise RuleViolation(
                _("{name} is recorded as married. Record the divorce or the husband's death first.").format(
                    name=person.full_name
                )
            )
        living = answers["living"]
        partner = self._partner(answers, person)
        home = _home_of(partner) if partner else None
        _marry(person, partner)
        other: Household | None = home.household if home else None
        fresh: Household | None = None
        if living == HERE and partner:
            _leave(home, on)
            relationship = relationship_across(place.relationship, Relationship.SPOUSE)
            add_member(household=deed.household, individual=partner, relationship=relationship, joined_on=on)
        elif living == OWN and partner:
            self._leave_here(deed, person, on)
            _leave(home, on)
            fresh = create_household(
                area=Area.objects.get(pk=answers["area"]), registered_on=on, address=answers["address"]
            )
            husband, wife = (person, partner) if person.sex == Individual.Sex.MALE else (partner, person)
            add_member(household=fresh, individual=husband, relationship=Relationship.HEAD, joined_on=on)
            add_member(household=fresh, individual=wife, relationship=Relationship.SPOUSE, joined_on=on)
        elif living == THEIRS:
            if partner is None or home is None:
                raise RuleViolation(_("The husband or wife no longer lives in a registered household."))
            self._leave_here(deed, person, on)
            relationship = relationship_across(home.relationship, Relationship.SPOUSE)
            add_member(household=home.household, individual=person, relationship=relationship, joined_on=on)
        elif living == AWAY:
            self._leave_here(deed, person, on)
        touched = deed.touched(other, fresh)
        if partner:
            touched.individuals.add(partner.pk)
        return touched

    @staticmethod
    def _leave_here(deed: Deed, person: Individual, on: dt.date) -> None:
        end_memberships(household=deed.household, leavers=[person.pk], on=on, new_head=deed.answers["new_head"])

    @staticmethod
    def _partner(answers: dict[str, Any], person: Individual) -> Individual | None:
        if answers["partner"]:
            return Individual.objects.get(pk=answers["partner"])
        if not answers["partner_name"] or answers["living"] not in {HERE, OWN}:
            return None
        other_sex = Individual.Sex.MALE if person.sex == Individual.Sex.FEMALE else Individual.Sex.FEMALE
        return register_person(
            NewPerson(
                full_name=answers["partner_name"],
                sex=other_sex,
                birth_date=dt.date.fromisoformat(answers["partner_birth_date"]),
                mother_name=answers["partner_mother_name"],
                national_id=answers["partner_national_id"],
                marital_status=MARRIED,
            )
        )


def _marry(*people: Individual | None) -> None:
    for one in people:
        if one is not None and one.marital_status != MARRIED:
            one.marital_status = MARRIED
            one.save(update_fields=["marital_status"])


def _leave(home: Membership | None, on: dt.date) -> None:
    """Let the husband or wife leave the household they come from; a head there is replaced there first."""
    if home is not None:
        end_memberships(household=home.household, leavers=[home.individual_id], on=on)
