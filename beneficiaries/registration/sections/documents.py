"""Papers seen at the desk; pictures of them are kept as files of the registration."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.registration.forms import Group, SectionForm

NONE_SEEN = "none"
PAPERS = [
    ("identity", gettext_lazy("Identity cards of the adults")),
    ("birth", gettext_lazy("Birth certificates of the children")),
    ("marriage", gettext_lazy("Marriage, divorce or death certificate")),
    ("home", gettext_lazy("Lease, or a bill of the home")),
    ("income", gettext_lazy("Proof of income or pension")),
    ("medical", gettext_lazy("Medical report or disability card")),
    (NONE_SEEN, gettext_lazy("None of these was shown")),
]


class DocumentsForm(SectionForm):
    """Which papers were shown."""

    seen = forms.MultipleChoiceField(
        label=gettext_lazy("Which papers did you see?"), choices=PAPERS, widget=forms.CheckboxSelectMultiple
    )

    layout = (Group(("seen",)),)

    def clean_seen(self) -> list[Any]:
        seen = self.cleaned_data["seen"]
        if NONE_SEEN in seen and len(seen) > 1:
            raise ValidationError(_("You marked papers and that none was shown. Keep one of both."), code="both")
        return seen
