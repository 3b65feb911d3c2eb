"""Forms about two files of one household, and about groups of people who hang together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.forms.duplicates import MergeDecisionForm
from beneficiaries.models import DuplicatePair, Individual, Membership
from beneficiaries.queries.cards import differences
from beneficiaries.queries.overlap import Overlap
from beneficiaries.services.merges import Choice
from ministry import formats
from ministry.certain import declared_as
from ministry.forms.choices import offered_by

_SAME, _AS = "same:", "as:"
_RELATIONSHIPS = [one for one in Membership.Relationship.choices if one[0] != Membership.Relationship.HEAD]


@dataclass(frozen=True)
class MemberChoice:
    """One member of the file to be closed as the form asks about them: who they are, and which card is right."""

    membership: Membership
    field: forms.BoundField
    traits: list[forms.BoundField]
    # The pair that suggested it, if there is one.
    pair: DuplicatePair | None


class HouseholdMergeForm(forms.Form):
    """Who each member of the file to be closed is in the file that stays, and which card is right."""

    note = forms.CharField(
        label=gettext_lazy("What your decision rests on"),
        help_text=gettext_lazy("For example: the family confirmed on 3 May that they were registered twice."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        max_length=2000,
    )

    def __init__(self, *args: Any, overlap: Overlap, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.overlap = overlap
        # Names of fields and the traits they ask about, by the person of the file to be closed.
        self.traits: dict[int, dict[str, str]] = {}
        same = [
            (
                f"{_SAME}{one.individual_id}",
                _("The same person as {name}, born {day}").format(
                    name=one.individual.full_name, day=formats.day(one.individual.birth_date) or "—"
                ),
            )
            for one in overlap.staying
        ]
        comes = [
            (f"{_AS}{code}", _("Only in this file: comes along as {relationship}").format(relationship=label))
            for code, label in _RELATIONSHIPS
        ]
        here = {one.individual_id: one.individual for one in overlap.staying}
        fields: dict[str, forms.Field] = {}
        for one in overlap.members:
            match = overlap.matches.get(one.individual_id)
            fields[f"member_{one.individual_id}"] = forms.ChoiceField(
                label=_("Who {name} is in the other file").format(name=one.individual.full_name),
                choices=[("", _("Choose")), *same, *comes],
                initial=f"{_SAME}{match}" if match else f"{_AS}{overlap.relationship_of(one)}",
            )
            if match:
                fields |= self._trait_fields(here[match], one.individual)
        # What the decision rests on comes last, after all it is about.
        note = self.fields.pop("note")
        self.fields |= fields | {"note": note}

    def _trait_fields(self, stays: Individual, goes: Individual) -> dict[str, forms.Field]:
        found = {f"trait_{goes.pk}_{one.code.replace('.', '_')}": one for one in differences(stays, goes)}
        self.traits[goes.pk] = {name: one.code for name, one in found.items()}
        return {
            name: forms.ChoiceField(
                label=one.label,
                choices=[("kept", one.kept), ("other", one.other)],
                initial="kept",
                widget=forms.RadioSelect,
            )
            for name, one in found.items()
        }

    @property
    def members(self) -> list[MemberChoice]:
        """Return what the page shows of each member, in the order of the file."""
        return [
            MemberChoice(
                one,
                self[f"member_{one.individual_id}"],
                [self[name] for name in self.traits.get(one.individual_id, {})],
                self.overlap.pairs.get(one.individual_id),
            )
            for one in self.overlap.members
        ]

    @property
    def choices(self) -> dict[int, Choice]:
        """Return what was chosen, by person; traits count only where the suggested person was kept."""
        chosen = {}
        for one in self.overlap.members:
            person, value = one.individual_id, self.cleaned_data[f"member_{one.individual_id}"]
            if value.startswith(_AS):
                chosen[person] = Choice(relationship=value.removeprefix(_AS))
                continue
            same_as = int(value.removeprefix(_SAME))
            asked = self.traits.get(person, {}) if same_as == self.overlap.matches.get(person) else {}
            chosen[person] = Choice(
                same_as=same_as, taken=[code for name, code in asked.items() if self.cleaned_data[name] == "other"]
            )
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        seen: set[str] = set()
        for one in self.overlap.members:
            name = f"member_{one.individual_id}"
            value = cleaned.get(name, "")
            if value.startswith(_SAME) and value in seen:
                self.add_error(name, _("Two members cannot both be the same person of the other file."))
            seen.add(value)
        return cleaned


class HouseholdMergeDecisionForm(MergeDecisionForm):
    """What becomes of a joining that waits or stands, and why."""

    LABELS = {
        "confirm": gettext_lazy("Confirm: make the two files one"),
        "refuse": gettext_lazy("Refuse: nothing is moved"),
        "propose_undo": gettext_lazy("Propose to undo the joining"),
        "confirm_undo": gettext_lazy("Confirm: put everything back as it was"),
        "keep": gettext_lazy("Refuse: the files stay one"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = declared_as(forms.ChoiceField, self.fields["verb"])
        field.choices = [(verb, self.LABELS[verb]) for verb, _label in offered_by(field)]


class GroupDecisionForm(forms.Form):
    """One decision on several pairs of a group, and what says so."""

    pairs = forms.MultipleChoiceField(
        label=gettext_lazy("Pairs you decide on"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose at least one pair."),
            "invalid_choice": gettext_lazy("Somebody has decided on one of these pairs since. Look at them again."),
        },
    )
    verb = forms.ChoiceField(
        label=gettext_lazy("Your decision"),
        choices=[
            ("different", gettext_lazy("Different people: remember it and release the payments")),
            ("same", gettext_lazy("The same person: keep the payments on hold, and propose to merge the cards")),
            ("visit", gettext_lazy("Not clear: somebody has to visit them")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("What your decision rests on"),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        max_length=2000,
    )

    def __init__(self, *args: Any, pairs: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        declared_as(forms.ChoiceField, self.fields["pairs"]).choices = pairs
