"""Name, dates or numbers of a member were recorded wrongly."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.changes.kind import ChangeForm, ChangeKind, Deed, Touched, name_field, national_id_field
from beneficiaries.models import ChangeEvidence, Individual
from beneficiaries.services.households import lock_households, rename_person, replace_identifier
from beneficiaries.services.households.members import membership_in
from ministry.certain import declared_as
from ministry.exceptions import RuleViolation
from ministry.forms import DateTypedField, PhoneField
from ministry.text import phone_key

_CORRECTIONS = ("full_name", "mother_name", "sex", "birth_date", "national_id", "phone")


class IdentityForm(ChangeForm):
    """Only what is to be corrected is filled in."""

    effective_label = gettext_lazy("Date of the correction")
    full_name = name_field(gettext_lazy("Correct full name"), required=False)
    mother_name = name_field(gettext_lazy("Correct mother's name"), required=False)
    sex = forms.ChoiceField(
        label=gettext_lazy("Correct sex"),
        choices=[("", gettext_lazy("As before")), *Individual.Sex.choices],
        required=False,
    )
    birth_date = DateTypedField(label=gettext_lazy("Correct date of birth"), required=False)
    national_id = national_id_field(gettext_lazy("Correct national number"))
    phone = PhoneField(label=gettext_lazy("Correct phone"), required=False)

    def arrange(self) -> None:
        declared_as(DateTypedField, self.fields["birth_date"]).latest = timezone.localdate()
        self.fields["person"] = self.member_field(_("Whose card is corrected"))
        self.order_fields(["person", *_CORRECTIONS, "effective_on"])
        self.fields["effective_on"].initial = timezone.localdate()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not any(cleaned.get(name) for name in _CORRECTIONS) and not any(
            name in self.errors for name in _CORRECTIONS
        ):
            self.add_error("full_name", _("Fill in at least one thing that is to be corrected."))
        return cleaned


class Identity(ChangeKind):
    """Corrects who somebody is. The former national number stays on the file as removed."""

    code = "identity"
    lead = gettext_lazy("A name, date of birth, sex, national number or phone was recorded wrongly.")
    icon = "card"
    form_class = IdentityForm
    evidence = (ChangeEvidence.Kind.IDENTITY_CARD,)

    def apply(self, deed: Deed) -> Touched:
        answers = deed.answers
        household = lock_households(deed.household)[deed.household.pk]
        membership = membership_in(household, answers["person"])
        person = membership.individual
        born = deed.date("birth_date")
        if born and born > membership.joined_on:
            raise RuleViolation(_("By this date of birth the person joined the household before being born."))
        person.sex = answers["sex"] or person.sex
        person.birth_date = born or person.birth_date
        person.save(update_fields=["sex", "birth_date"])
        if answers["full_name"] or answers["mother_name"]:
            rename_person(
                person,
                full_name=answers["full_name"] or person.full_name,
                mother_name=answers["mother_name"] or person.mother_name,
            )
        if answers["phone"]:
            person.phone = answers["phone"]
            person.phone_key = phone_key(answers["phone"])[:20]
            person.save(update_fields=["phone", "phone_key"])
        if answers["national_id"]:
            replace_identifier(person, national_id=answers["national_id"], on=deed.effective_on)
        return deed.touched()
