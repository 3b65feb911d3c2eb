"""Forms of the guided registration, beside those of its sections."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ministry.certain import declared_as
from ministry.documents import DocumentField
from ministry.forms import AreaField
from ministry.models import Area, User


class RegistrationStartForm(forms.Form):
    """Where the household to be registered lives."""

    area = AreaField(label=_("Where does the household live?"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reach = Area.objects.within_reach_of(user, "beneficiaries.add_registration").filter(is_active=True)
        declared_as(AreaField, self.fields["area"]).offer(reach)
        governorates = Area.objects.governorates().filter(pk__in=reach.values("pk"))
        if not self.is_bound and len(governorates) == 1:
            self.initial["area"] = governorates[0].pk


class RegistrationDocumentForm(forms.Form):
    """A paper that was shown."""

    file = DocumentField(label=_("Picture or PDF"), help_text=_("JPEG or PNG up to 15 MB, PDF up to 20 MB."))


class RegistrationNoteForm(forms.Form):
    """Why a registration is given up."""

    note = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}))
