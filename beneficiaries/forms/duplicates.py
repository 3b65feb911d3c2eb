"""Forms about pairs that may be one person, and about merging them."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from beneficiaries.queries.cards import Difference
from ministry.certain import declared_as
from ministry.forms.choices import offered_by


class PairDecisionForm(forms.Form):
    """Whether two rows are one person, and what says so."""

    verb = forms.ChoiceField(
        label=_("Your decision"),
        choices=[
            ("different", _("Different people: remember it and release the payments")),
            ("same", _("The same person: keep the payments on hold, and propose to merge the cards")),
            ("visit", _("Not clear: somebody has to visit them")),
            ("visited", _("I have visited them: this is what I found")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("What your decision rests on"),
        help_text=_("For example: both came to the office with their cards on 3 May."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        max_length=2000,
    )
    # What the person saw when deciding, so that two deciding at once do not pass each other by.
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(self, *args, verbs: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        field = declared_as(forms.ChoiceField, self.fields["verb"])
        field.choices = [choice for choice in offered_by(field) if choice[0] in verbs]


class MergeForm(forms.Form):
    """Which of two cards stays, where the person lives, and which card is right where they differ."""

    survivor = forms.TypedChoiceField(
        label=_("Card that stays"),
        help_text=_("It keeps everything; the other card leads to it from now on."),
        widget=forms.RadioSelect,
        coerce=int,
    )
    household = forms.TypedChoiceField(
        label=_("Household in which the person lives"),
        help_text=_("The membership of the other household ends today."),
        widget=forms.RadioSelect,
        coerce=int,
    )
    new_head = forms.TypedChoiceField(
        label=_("New head of the household that is left"),
        help_text=_("Needed only if the person heads it and others go on living there."),
        coerce=int,
        required=False,
        empty_value=None,
    )
    note = forms.CharField(
        label=_("What your decision rests on"),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        max_length=2000,
    )

    def __init__(
        self,
        *args: Any,
        cards: Sequence[tuple[int, str]],
        households: Sequence[tuple[int, str]],
        heads: Sequence[tuple[int, str]],
        differences: Sequence[Difference],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        declared_as(forms.ChoiceField, self.fields["survivor"]).choices = cards
        declared_as(forms.ChoiceField, self.fields["household"]).choices = households
        if len(households) == 1:
            del self.fields["household"]
            self.only_household = households[0][0]
        if heads:
            declared_as(forms.ChoiceField, self.fields["new_head"]).choices = [("", _("Nobody new is needed")), *heads]
        else:
            del self.fields["new_head"]
        self.first_card = cards[0][0]
        self.traits = {f"trait_{one.code.replace('.', '_')}": one.code for one in differences}
        fields = {}
        for name, one in zip(self.traits, differences, strict=True):
            fields[name] = forms.ChoiceField(
                label=one.label, choices=[("a", one.kept), ("b", one.other)], initial="a", widget=forms.RadioSelect
            )
        # What the decision rests on comes last, after all it is about.
        note = self.fields.pop("note")
        self.fields |= fields | {"note": note}

    @property
    def household_id(self) -> int:
        return self.cleaned_data.get("household") or self.only_household

    @property
    def taken(self) -> list[str]:
        """Return the traits in which the card that does not stay is right."""
        stays = "a" if self.cleaned_data["survivor"] == self.first_card else "b"
        return [code for name, code in self.traits.items() if self.cleaned_data[name] != stays]


class MergeDecisionForm(forms.Form):
    """What becomes of a merge that waits or stands, and why."""

    verb = forms.ChoiceField(
        label=_("Your decision"),
        choices=[
            ("confirm", _("Confirm: make the two cards one")),
            ("refuse", _("Refuse: nothing is moved")),
            ("propose_undo", _("Propose to undo the merge")),
            ("confirm_undo", _("Confirm: put everything back as it was")),
            ("keep", _("Refuse: the cards stay merged")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Reason"),
        help_text=_("Needed for everything but a confirmation. It stays with the merge."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def __init__(self, *args: Any, verbs: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = declared_as(forms.ChoiceField, self.fields["verb"])
        field.choices = [choice for choice in offered_by(field) if choice[0] in verbs]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("verb") in {"refuse", "propose_undo", "keep"} and not cleaned.get("note", "").strip():
            self.add_error("note", _("Say why."))
        return cleaned
