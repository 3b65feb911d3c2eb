"""The household moves to another place."""

from django import forms
from django.utils.translation import gettext_lazy

from beneficiaries.changes.kind import ChangeForm, ChangeKind, Deed, Touched
from beneficiaries.models import ChangeEvidence
from beneficiaries.services.households import move_household
from ministry.forms import AreaField
from ministry.models import Area


class MoveForm(ChangeForm):
    """Where to, and when."""

    may_lie_ahead = True
    area = AreaField(label=gettext_lazy("New area"), district_required=True)
    address = forms.CharField(
        label=gettext_lazy("New address"), max_length=300, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    urban = forms.ChoiceField(
        label=gettext_lazy("Town or countryside"),
        choices=[
            ("", gettext_lazy("As before")),
            ("yes", gettext_lazy("Town")),
            ("no", gettext_lazy("Countryside")),
        ],
        required=False,
    )
    effective_label = gettext_lazy("Date of the move")

    def arrange(self) -> None:
        self.order_fields(["area", "address", "urban", "effective_on"])


class Move(ChangeKind):
    """Gives the household another area and address; offices of the new area see it from then on."""

    code = "move"
    lead = gettext_lazy("The whole household moves to another address, district or governorate.")
    icon = "pin"
    form_class = MoveForm
    evidence = (ChangeEvidence.Kind.RESIDENCE_PROOF,)

    def apply(self, deed: Deed) -> Touched:
        move_household(
            household=deed.household,
            area=Area.objects.get(pk=deed.answers["area"]),
            address=deed.answers["address"],
            urban={"yes": True, "no": False}.get(deed.answers["urban"]),
        )
        return deed.touched()
