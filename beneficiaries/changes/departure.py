"""Members have left the household, and the register with it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.changes.kind import ChangeForm, ChangeKind, Deed, Touched
from beneficiaries.models import ChangeEvidence
from beneficiaries.services.households import end_memberships


class DepartureForm(ChangeForm):
    """Who left, when, and who is head where the head left."""

    effective_label = gettext_lazy("Left the household on")
    may_lie_ahead = True

    def arrange(self) -> None:
        self.fields["leavers"] = self.members_field(_("Who has left"))
        self.fields["new_head"] = self.new_head_field()
        self.order_fields(["leavers", "effective_on", "new_head"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("leavers"):
            self.require_new_head(set(cleaned["leavers"]), cleaned)
        return cleaned


class Departure(ChangeKind):
    """Ends memberships; where everybody has left, the household leaves the register."""

    code = "departure"
    lead = gettext_lazy("Members have left and live in no registered household: abroad, in care, in prison.")
    icon = "sign-out"
    form_class = DepartureForm
    evidence = (ChangeEvidence.Kind.DECLARATION,)

    def apply(self, deed: Deed) -> Touched:
        end_memberships(
            household=deed.household,
            leavers=deed.answers["leavers"],
            on=deed.effective_on,
            new_head=deed.answers["new_head"],
        )
        return deed.touched()
