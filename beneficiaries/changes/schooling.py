"""Somebody has begun or left school."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.changes.kind import ChangeForm, ChangeKind, Deed, Touched, yes_no
from beneficiaries.models import ChangeEvidence
from beneficiaries.rules import completed_years
from beneficiaries.services.households import lock_households
from beneficiaries.services.households.members import membership_in
from ministry.exceptions import RuleViolation
from ministry.forms import NumberField


class SchoolingForm(ChangeForm):
    """Who, whether in school now, and how many years so far."""

    may_lie_ahead = True
    in_school = yes_no(gettext_lazy("Is this person in school now?"))
    years_schooling = NumberField(
        label=gettext_lazy("Completed years of schooling"),
        required=False,
        min_value=0,
        max_value=25,
        help_text=gettext_lazy("Left empty it stays as it is."),
    )

    def arrange(self) -> None:
        self.fields["person"] = self.member_field(_("Whose schooling has changed"))
        self.order_fields(["person", "in_school", "years_schooling", "effective_on"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        person = next((one.individual for one in self.members if one.individual_id == cleaned.get("person")), None)
        years = cleaned.get("years_schooling")
        if person and person.birth_date and years is not None and cleaned.get("effective_on"):
            age = completed_years(person.birth_date, cleaned["effective_on"])
            if years > max(0, age - 3):
                self.add_error("years_schooling", _("That is more years than somebody of this age can have."))
        return cleaned


class Schooling(ChangeKind):
    """Says of one member whether they are in school, and for how many years they have been."""

    code = "schooling"
    lead = gettext_lazy("A member has begun, left or gone back to school.")
    icon = "book"
    form_class = SchoolingForm
    evidence = (ChangeEvidence.Kind.SCHOOL_STATEMENT,)

    def apply(self, deed: Deed) -> Touched:
        household = lock_households(deed.household)[deed.household.pk]
        person = membership_in(household, deed.answers["person"]).individual
        if person.birth_date and deed.effective_on < person.birth_date:
            raise RuleViolation(_("This day lies before the person was born."))
        person.in_school = deed.answers["in_school"]
        if deed.answers["years_schooling"] is not None:
            person.years_schooling = deed.answers["years_schooling"]
        person.save(update_fields=["in_school", "years_schooling"])
        return deed.touched()
