"""Forms of the registry."""

from django import forms
from django.utils.translation import gettext_lazy as _


class PairDecisionForm(forms.Form):
    """Whether two rows are one person, and what says so."""

    verb = forms.ChoiceField(
        label=_("Your decision"),
        choices=[
            ("different", _("Different people: remember it and release the payments")),
            ("same", _("The same person: keep the payments on hold")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("What your decision rests on"),
        help_text=_("For example: both came to the office with their cards on 3 May."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        max_length=2000,
    )

    def __init__(self, *args, verbs: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["verb"]
        field.choices = [choice for choice in field.choices if choice[0] in verbs]
