"""A child is born into the household."""

from typing import Any

from django import forms
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
from beneficiaries.models import ChangeEvidence, Individual, Membership
from beneficiaries.rules import relationship_across
from beneficiaries.services.households import NewPerson, add_member, register_person


class BirthForm(ChangeForm):
    """Who was born, when, and to whom."""

    effective_label = gettext_lazy("Date of birth")
    full_name = name_field(gettext_lazy("Full name of the child"))
    sex = forms.ChoiceField(label=gettext_lazy("Sex"), choices=Individual.Sex.choices, widget=forms.RadioSelect)
    mother_name = name_field(gettext_lazy("Mother's name, where she does not live here"), required=False)
    relationship = relationship_field(
        gettext_lazy("Relationship to the head"),
        required=False,
        help_text=gettext_lazy("Follows from the mother where she lives here."),
    )
    national_id = national_id_field(gettext_lazy("National number, where it is issued already"))

    def arrange(self) -> None:
        women = [one for one in self.members if one.individual.sex == Individual.Sex.FEMALE]
        self.fields["mother"] = self.member_field(_("Mother"), among=women, required=False)
        self.order_fields(["full_name", "sex", "effective_on", "mother", "mother_name", "relationship", "national_id"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("mother") and not cleaned.get("relationship") and "relationship" not in self.errors:
            self.add_error("relationship", _("The mother does not live here: say what the child is to the head."))
        return cleaned


class Birth(ChangeKind):
    """Enters the child as a new person and member from the day of birth on."""

    code = "birth"
    lead = gettext_lazy("A child was born to somebody of the household.")
    icon = "add"
    form_class = BirthForm
    evidence = (ChangeEvidence.Kind.BIRTH_CERTIFICATE,)

    def apply(self, deed: Deed) -> Touched:
        answers = deed.answers
        mother = deed.household.memberships.filter(individual=answers["mother"]).select_related("individual").last()
        child = register_person(
            NewPerson(
                full_name=answers["full_name"],
                sex=answers["sex"],
                birth_date=deed.effective_on,
                mother_name=mother.individual.full_name if mother else answers["mother_name"],
                national_id=answers["national_id"],
                marital_status=Individual.MaritalStatus.SINGLE,
            )
        )
        relationship = answers["relationship"] or relationship_across(
            mother.relationship if mother else Membership.Relationship.OTHER_RELATIVE, Membership.Relationship.CHILD
        )
        add_member(household=deed.household, individual=child, relationship=relationship, joined_on=deed.effective_on)
        return deed.touched()
