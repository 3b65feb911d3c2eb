"""A member has died."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.changes.kind import ChangeForm, ChangeKind, Deed, Touched
from beneficiaries.models import ChangeEvidence
from beneficiaries.services.households import record_death


class DeathForm(ChangeForm):
    """Who died, when, and who is head after a head's death."""

    effective_label = gettext_lazy("Date of death")

    def arrange(self) -> None:
        self.fields["person"] = self.member_field(_("Who has died"))
        self.fields["new_head"] = self.new_head_field()
        self.order_fields(["person", "effective_on", "new_head"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("person"):
            self.require_new_head({cleaned["person"]}, cleaned)
        return cleaned


class Death(ChangeKind):
    """Ends the membership on the day of death, widows the spouse, names a new head where the head died."""

    code = "death"
    lead = gettext_lazy("A member of the household has died.")
    icon = "minus"
    form_class = DeathForm
    evidence = (ChangeEvidence.Kind.DEATH_CERTIFICATE,)

    def apply(self, deed: Deed) -> Touched:
        record_death(
            household=deed.household,
            individual=deed.answers["person"],
            died_on=deed.effective_on,
            new_head=deed.answers["new_head"],
        )
        return deed.touched()
