"""Two households live together from now on."""

from django import forms
from django.utils.translation import gettext_lazy

from beneficiaries.changes.kind import ChangeForm, ChangeKind, Deed, Touched, relationship_field
from beneficiaries.models import ChangeEvidence, Household
from beneficiaries.services.households import join_households


class JoinForm(ChangeForm):
    """Which household comes here, and what its head is to the head here."""

    other_household = forms.CharField(
        label=gettext_lazy("File number of the household that comes here"),
        max_length=40,
        help_text=gettext_lazy("Its file is closed; everybody who lives there belongs to this household afterwards."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    their_head_is = relationship_field(gettext_lazy("What its head is to the head here"))
    effective_label = gettext_lazy("They live together since")

    def arrange(self) -> None:
        self.order_fields(["other_household", "their_head_is", "effective_on"])

    def clean_other_household(self) -> Household:
        return self.find_household(self.cleaned_data["other_household"])


class Join(ChangeKind):
    """Brings everybody of another household into this one; the other leaves the register."""

    code = "join"
    lead = gettext_lazy("Another registered household now lives and eats with this one.")
    icon = "merge"
    form_class = JoinForm
    evidence = (ChangeEvidence.Kind.DECLARATION,)

    def apply(self, deed: Deed) -> Touched:
        joining = Household.objects.get(pk=deed.answers["other_household"])
        join_households(
            household=deed.household,
            joining=joining,
            on=deed.effective_on,
            their_head_is=deed.answers["their_head_is"],
        )
        return deed.touched(joining)
