"""The household earns more or less than before."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.changes.kind import ChangeForm, ChangeKind, Deed, Touched, yes_no
from beneficiaries.models import ChangeEvidence
from beneficiaries.services.households import lock_households
from beneficiaries.services.households.members import membership_in
from ministry.forms import MoneyField


class IncomeForm(ChangeForm):
    """The new monthly income, and who has found or lost work."""

    may_lie_ahead = True
    income_monthly = MoneyField(
        label=gettext_lazy("Monthly income of the household"),
        help_text=gettext_lazy("All members together; enter 0 where there is none."),
        max_digits=12,
    )
    works = yes_no(gettext_lazy("Does this person work now?"), required=False)

    def arrange(self) -> None:
        self.fields["person"] = self.member_field(_("Whose work has changed"), required=False)
        self.order_fields(["income_monthly", "person", "works", "effective_on"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if (cleaned.get("person") is None) != (cleaned.get("works") is None):
            self.add_error("works", _("Choose a person and say whether they work, or leave both open."))
        return cleaned


class Income(ChangeKind):
    """Replaces the household's monthly income, and says of one member whether they work."""

    code = "income"
    lead = gettext_lazy("Somebody has found or lost work, or the household's income has changed otherwise.")
    icon = "money"
    form_class = IncomeForm
    evidence = (ChangeEvidence.Kind.INCOME_PROOF,)

    def apply(self, deed: Deed) -> Touched:
        household = lock_households(deed.household)[deed.household.pk]
        household.income_monthly = Decimal(deed.answers["income_monthly"])
        household.save(update_fields=["income_monthly"])
        if deed.answers["person"]:
            person = membership_in(household, deed.answers["person"]).individual
            person.works = deed.answers["works"]
            person.save(update_fields=["works"])
        return deed.touched()
