"""Another member answers for the household."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.changes.kind import RELATIONSHIPS, ChangeForm, ChangeKind, Deed, Touched
from beneficiaries.models import ChangeEvidence, Membership
from beneficiaries.services.households import change_head


class HeadForm(ChangeForm):
    """Who is head from now on, and what the others are to them where it does not follow by itself."""

    effective_label = gettext_lazy("Head from")
    may_lie_ahead = True

    def arrange(self) -> None:
        others = [one for one in self.members if one.relationship != Membership.Relationship.HEAD]
        self.fields["new_head"] = self.member_field(_("New head of household"), among=others)
        for one in self.members:
            self.fields[f"relationship_{one.individual_id}"] = forms.ChoiceField(
                label=_("{name} is to the new head").format(name=one.individual.full_name),
                choices=[("", _("Work it out")), *RELATIONSHIPS],
                required=False,
            )
        self.order_fields(["new_head", "effective_on"])


class Head(ChangeKind):
    """Changes who heads the household; everybody's relationship is told anew."""

    code = "head"
    lead = gettext_lazy("Another member answers for the household from now on; everybody goes on living here.")
    icon = "key"
    form_class = HeadForm
    evidence = (ChangeEvidence.Kind.DECLARATION,)

    def apply(self, deed: Deed) -> Touched:
        change_head(household=deed.household, new_head=deed.answers["new_head"], relationships=deed.relationships())
        return deed.touched()
