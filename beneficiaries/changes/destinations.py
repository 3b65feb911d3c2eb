"""Where people go who leave a household together: to a new household, to another one, or out of the register."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.changes.kind import ChangeForm, Deed, Touched, relationship_field
from beneficiaries.models import Household
from beneficiaries.rules import relationship_across, relationship_to_new_head
from beneficiaries.services.households import end_memberships, move_members, split_household
from beneficiaries.services.households.members import members_of
from ministry.certain import declared_as
from ministry.exceptions import RuleViolation
from ministry.forms import AreaField, PhoneField
from ministry.models import Area

NEW = "new"
OTHER = "other"
AWAY: tuple[str, str | Promise] = ("away", gettext_lazy("Out of the register"))


class DestinationForm(ChangeForm):
    """Who leaves, where to, and who is head there and here afterwards."""

    # Further answers to «where to», before and after the two every kind has.
    places: tuple[tuple[str, str | Promise], ...] = ()

    destination = forms.ChoiceField(label=gettext_lazy("Where they go"), widget=forms.RadioSelect)
    area = AreaField(label=gettext_lazy("Area of the new household"), required=False, district_required=True)
    address = forms.CharField(
        label=gettext_lazy("Address of the new household"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    phone = PhoneField(label=gettext_lazy("Phone of the new household"), required=False)
    other_household = forms.CharField(
        label=gettext_lazy("File number of the other household"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    relationship_there = relationship_field(
        gettext_lazy("What the first of them is to the head of the other household"), required=False
    )

    def arrange(self) -> None:
        declared_as(forms.ChoiceField, self.fields["destination"]).choices = [
            (NEW, _("A new household of their own")),
            (OTHER, _("Another registered household")),
            *self.places,
        ]
        self.fields["leavers"] = self.members_field(_("Who leaves"))
        self.fields["head_of_leavers"] = self.member_field(
            _("Who heads the new household, or goes first"), required=False
        )
        self.fields["new_head"] = self.new_head_field()
        self.order_fields(["leavers", "effective_on", "destination", "head_of_leavers", "area", "address", "phone"])

    def clean_other_household(self) -> Household | None:
        reference = self.cleaned_data["other_household"]
        return self.find_household(reference) if reference else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        where, gone = cleaned.get("destination"), set(cleaned.get("leavers") or ())
        if where not in {NEW, OTHER, AWAY[0]}:
            return cleaned
        if not gone and "leavers" not in self.errors:
            self.add_error("leavers", _("Say who leaves."))
            return cleaned
        self.require_new_head(gone, cleaned)
        if where == AWAY[0]:
            return cleaned
        first = cleaned.get("head_of_leavers")
        if first is None and len(gone) == 1:
            cleaned["head_of_leavers"] = next(iter(gone))
        elif first not in gone:
            self.add_error("head_of_leavers", _("Choose one of those who leave."))
        if where == NEW and not cleaned.get("area") and "area" not in self.errors:
            self.add_error("area", _("Choose where the new household lives."))
        if where == OTHER:
            if not cleaned.get("other_household") and "other_household" not in self.errors:
                self.add_error("other_household", _("Enter the file number of the household they go to."))
            if not cleaned.get("relationship_there"):
                self.add_error("relationship_there", _("Say what this person is to the head there."))
        return cleaned


def part(deed: Deed) -> Touched:
    """Let the leavers of the answers go where the answers say.

    Raises:
        RuleViolation: the register does not allow it.
    """
    answers = deed.answers
    common: dict[str, Any] = {
        "household": deed.household,
        "leavers": answers["leavers"],
        "on": deed.effective_on,
        "new_head": answers["new_head"],
    }
    if answers["destination"] == NEW:
        fresh = split_household(
            **common,
            head_of_leavers=answers["head_of_leavers"],
            area=Area.objects.get(pk=answers["area"]),
            address=answers["address"],
            phone=answers["phone"],
        )
        return deed.touched(fresh)
    if answers["destination"] == OTHER:
        other = Household.objects.get(pk=answers["other_household"])
        move_members(**common, to=other, relationships=relationships_there(deed))
        return deed.touched(other)
    end_memberships(**common)
    return deed.touched()


def relationships_there(deed: Deed) -> dict[int, str]:
    """Return what each leaver is to the head of the other household, given what the first of them is to that head."""
    first = deed.answers["head_of_leavers"]
    there = deed.answers["relationship_there"]
    was = {one.individual_id: one.relationship for one in members_of(deed.household)}
    if first not in was:
        raise RuleViolation(_("Somebody who was to leave no longer lives here."))
    return {
        person: there
        if person == first
        else relationship_across(there, relationship_to_new_head(was[first], was[person]))
        for person in deed.answers["leavers"]
        if person in was
    }
