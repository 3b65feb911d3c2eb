"""That the answers are true and complete."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from beneficiaries.registration.fields import INDIVIDUALS, NameCell
from beneficiaries.registration.forms import Group, SectionForm
from ministry.certain import declared_as
from ministry.forms import DateTypedField


class DeclarationForm(SectionForm):
    """Who declared it, when, and that the answers were read out."""

    declared_by = NameCell(INDIVIDUALS, "mother_name", label=_("Name of the person who declares"))
    declared_on = DateTypedField(label=_("On which day?"))
    read_out = forms.BooleanField(label=_("I have read the answers out, and they were confirmed"))
    declared = forms.BooleanField(
        label=_("The person declares that the answers are true and complete, and will tell the office of changes")
    )

    layout = (Group(("declared_by", "declared_on"), two=True), Group(("read_out", "declared")))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        declared_as(DateTypedField, self.fields["declared_on"]).latest = self.today
        if not self.is_bound and not self.initial.get("declared_on"):
            self.initial["declared_on"] = f"{self.today:%d/%m/%Y}"
