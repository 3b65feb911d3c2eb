"""What officers fill in about cases of many people, and about suggestions for everybody to read."""

import re
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.forms.desk import CaseForm
from complaints.models import STORY_MAX, Cause, Complaint, Issue, Remedy
from complaints.models.handling import TASKS
from complaints.queries.likeness import alike
from complaints.services.issues import OUTCOMES
from ministry.text import digits, fold_digits, name_key

_TEXT = {"rows": 4, "dir": "auto"}


def _codes(text: str) -> list[str]:
    """Return the codes in a text, however they are grouped and divided."""
    found = re.findall(r"\d[\d \u00a0-]{8,14}\d", fold_digits(text))
    return [one for one in (digits(group) for group in found) if len(one) == 10]


class TogetherForm(CaseForm):
    """Which cases get one answer: those that look alike, and others by code."""

    cases = forms.MultipleChoiceField(
        label=gettext_lazy("Cases that may be about the same"), required=False, widget=forms.CheckboxSelectMultiple
    )
    codes = forms.CharField(
        label=gettext_lazy("Other cases, by their codes"),
        max_length=400,
        required=False,
        help_text=gettext_lazy("One code after the other, divided by commas or lines."),
        widget=forms.Textarea(attrs={"rows": 2, "dir": "ltr"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.alike = [one for one in alike(self.complaint, self.actor) if not one.complaint.is_final]
        self.fields["cases"].choices = [  # type: ignore[attr-defined]
            (
                one.complaint.code,
                format_html(
                    '<bdi dir="ltr">{}</bdi><small>{} · {}</small>',
                    one.complaint,
                    one.complaint.area.name,
                    "، ".join(str(reason) for reason in one.reasons),
                ),
            )
            for one in self.alike
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = cleaned.get("codes", "")
        wanted = {*cleaned.get("cases", ()), *_codes(typed)} - {self.complaint.code}
        found = list(Complaint.objects.visible_to(self.actor).filter(code__in=wanted))
        if missing := wanted - {case.code for case in found}:
            self.add_error(
                "codes",
                _("There is no such case in your areas: {codes}. Check the code.").format(codes="، ".join(missing)),
            )
        elif not found:
            field = "codes" if typed else "cases"
            self.add_error(field, _("Choose at least one more case to be answered together with this one."))
        cleaned["chosen"] = [self.complaint, *found]
        return cleaned


class IssueForm(CaseForm):
    """An issue of many: one that is known, or a new one."""

    issue = forms.ModelChoiceField(
        Issue.objects.none(),
        label=gettext_lazy("An issue that is known already"),
        required=False,
        empty_label=gettext_lazy("A new one"),
    )
    title = forms.CharField(
        label=gettext_lazy("What it is, if it is new"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For example: the bank's machine in Abnoub is out of order. Name nobody."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = Issue.objects.visible_to(self.actor, "complaints.handle_complaint").open().filter(lead=None)
        self.fields["issue"].queryset = known  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("issue") and not cleaned.get("title", "").strip():
            self.add_error("title", _("Say what it is, or choose an issue that is known."))
        return cleaned


class AddCaseForm(forms.Form):
    """One more case, by its code."""

    codes = forms.CharField(
        label=gettext_lazy("Codes of the cases"), max_length=400, widget=forms.Textarea(attrs={"rows": 2, "dir": "ltr"})
    )

    def __init__(self, *args: Any, actor: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor

    def clean_codes(self) -> list[Complaint]:
        wanted = set(_codes(self.cleaned_data["codes"]))
        found = list(Complaint.objects.visible_to(self.actor, "complaints.handle_complaint").filter(code__in=wanted))
        missing = wanted - {case.code for case in found}
        if missing or not found:
            raise forms.ValidationError(
                _("There is no such case in your areas: {codes}. Check the code.").format(
                    codes="، ".join(missing) or self.cleaned_data["codes"]
                )
            )
        return found


class TellAllForm(forms.Form):
    """Word of how it stands, for everybody in an issue."""

    text = forms.CharField(
        label=gettext_lazy("How it stands"),
        max_length=STORY_MAX,
        help_text=gettext_lazy("Everybody in it reads this: name nobody."),
        widget=forms.Textarea(attrs=_TEXT),
    )
    token = forms.UUIDField(widget=forms.HiddenInput)


class AnswerAllForm(forms.Form):
    """One answer for all."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("What was found"),
        choices=[(one.value, one.label) for one in OUTCOMES],
        widget=forms.RadioSelect,
    )
    remedy = forms.ChoiceField(
        label=gettext_lazy("What is done about it"),
        choices=[(one.value, one.label) for one in Remedy if one not in TASKS],
        widget=forms.RadioSelect,
    )
    cause = forms.ChoiceField(label=gettext_lazy("Why it happened"), choices=Cause.choices)
    reasons = forms.CharField(
        label=gettext_lazy("Answer to everybody, with reasons"),
        max_length=STORY_MAX,
        help_text=gettext_lazy("Everybody in it reads this: name nobody."),
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
    )


# SECURITY: what must not stand in public: numbers of people, of phones, of accounts; addresses of mail.
_PERSONAL = re.compile(r"\d[\d ./-]{6,}\d|\S+@\S+\.\S+")


class PublishForm(CaseForm):
    """A suggestion for everybody to read: written anew, looked at by a person."""

    text_ar = forms.CharField(
        label=gettext_lazy("The suggestion in Arabic"), max_length=600, widget=forms.Textarea(attrs=_TEXT)
    )
    text_en = forms.CharField(
        label=gettext_lazy("The suggestion in English"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs=_TEXT),
    )
    answer_ar = forms.CharField(
        label=gettext_lazy("What we do about it, in Arabic"), max_length=600, widget=forms.Textarea(attrs=_TEXT)
    )
    answer_en = forms.CharField(
        label=gettext_lazy("What we do about it, in English"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs=_TEXT),
    )
    nobody_is_known = forms.BooleanField(
        label=gettext_lazy("I have read it: nobody can be recognised by it, neither by name nor by their story")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        named = [name_key(party.name) for party in self.complaint.parties.all() if party.name]
        for field in ("text_ar", "text_en", "answer_ar", "answer_en"):
            text = cleaned.get(field, "")
            if _PERSONAL.search(fold_digits(text)):
                self.add_error(field, _("A number or an address that could be somebody's stands here. Take it out."))
            elif any(name and f" {name} " in f" {name_key(text)} " for name in named):
                self.add_error(field, _("The name of somebody in the case stands here. Take it out."))
        return cleaned
