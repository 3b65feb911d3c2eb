"""Forms of the registry."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ministry.documents import TABLES, DocumentField
from ministry.models import Area, User

_IMPORT = "beneficiaries.add_importbatch"


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


class ImportForm(forms.Form):
    """Two register files, and the area they are about."""

    area = forms.ModelChoiceField(
        label=_("Area the files are about"),
        queryset=Area.objects.none(),
        help_text=_("Households outside this area are named in the review and not entered."),
    )
    households = DocumentField(
        label=_("File of households"),
        allowed=TABLES,
        help_text=_("CSV or XLSX with one row for each household. The first row names the columns."),
    )
    individuals = DocumentField(
        label=_("File of people"),
        allowed=TABLES,
        help_text=_("CSV or XLSX with one row for each person; household_ref says where the person lives."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas = Area.objects.within_reach_of(user, _IMPORT).filter(
            level__in=(Area.Level.COUNTRY, Area.Level.GOVERNORATE)
        )
        area = self.fields["area"]
        area.queryset = areas
        area.empty_label = None
        area.initial = areas.first()


class ImportNoteForm(forms.Form):
    """Why an import is discarded, or is to be undone."""

    note = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}), required=True
    )
