"""Forms about changes of circumstances and revisits."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from beneficiaries.models import ChangeEvidence, ChangeRequest, RecertificationVisit
from ministry.certain import declared_as
from ministry.documents import DocumentField
from ministry.forms import DateTypedField


class ChangePaperForm(forms.Form):
    """A paper that proves a change: what it is, and the file."""

    kind = forms.ChoiceField(label=_("Kind of paper"))
    paper = DocumentField(label=_("File"), help_text=_("PDF, JPEG or PNG, up to 20 MB; a photo will do."))

    def __init__(self, *args: Any, request: ChangeRequest, missing: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = [kind for kind, _name in missing]
        # What is still missing comes first, and is what the next file most likely is.
        others = [choice for choice in ChangeEvidence.Kind.choices if choice[0] not in wanted]
        declared_as(forms.ChoiceField, self.fields["kind"]).choices = [*missing, *others]


class ChangeReasonForm(forms.Form):
    """Why a change request is refused."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The head of the household gets it by SMS: write it so that they know what to bring or do."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class ChangeWithdrawalForm(forms.Form):
    """Why one takes back one's own request."""

    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"})
    )


class RecertificationVisitForm(forms.Form):
    """When the household was visited, and what was found."""

    visited_on = DateTypedField(label=_("Day of the visit"))
    outcome = forms.ChoiceField(
        label=_("What the visit found"), choices=RecertificationVisit.Outcome.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        day = declared_as(DateTypedField, self.fields["visited_on"])
        day.latest = day.initial = timezone.localdate()
