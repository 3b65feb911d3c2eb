"""A member's functional difficulties have changed."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.changes.kind import ChangeForm, ChangeKind, Deed, Touched
from beneficiaries.models import ChangeEvidence, Disability
from beneficiaries.services.households import lock_households
from beneficiaries.services.households.members import membership_in

_AS_BEFORE = ("", gettext_lazy("As before"))
_NONE = ("0", gettext_lazy("No difficulty"))


class DisabilityForm(ChangeForm):
    """Whose, and how much difficulty in each domain (Washington Group short set)."""

    may_lie_ahead = True

    def arrange(self) -> None:
        self.fields["person"] = self.member_field(_("Whose difficulties have changed"))
        for domain in Disability.Domain:
            self.fields[domain.value] = forms.ChoiceField(
                label=domain.label, choices=[_AS_BEFORE, _NONE, *Disability.Severity.choices], required=False
            )
        self.order_fields(["person", *Disability.Domain.values, "effective_on"])


class Difficulty(ChangeKind):
    """Records, changes or takes back difficulties; what stood there before stays in the history."""

    code = "disability"
    lead = gettext_lazy("A disability was recognised, has grown worse or better, or was recorded wrongly.")
    icon = "person"
    form_class = DisabilityForm
    evidence = (ChangeEvidence.Kind.MEDICAL_REPORT,)

    def apply(self, deed: Deed) -> Touched:
        household = lock_households(deed.household)[deed.household.pk]
        person = membership_in(household, deed.answers["person"]).individual
        for domain in Disability.Domain:
            said = deed.answers.get(domain.value, "")
            if said == "":
                continue
            known = Disability.objects.select_for_update().filter(individual=person, domain=domain).first()
            if said == _NONE[0]:
                if known:
                    known.delete()
            elif known is None:
                Disability.objects.create(individual=person, domain=domain, severity=int(said))
            elif known.severity != int(said):
                known.severity = int(said)
                known.save(update_fields=["severity"])
        return deed.touched()
