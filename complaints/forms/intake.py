"""One question per page, for whoever writes to us."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models import STORY_MAX, Category, Complaint, Kind
from ministry.certain import declared_as
from ministry.documents import DocumentField
from ministry.forms import AreaField, DigitsField, PhoneField
from programs.models import Program

_KIND_HINTS = {
    Kind.COMPLAINT: gettext_lazy("Something went wrong, and you want it put right."),
    Kind.APPEAL: gettext_lazy("You do not agree with a decision about you or your family."),
    Kind.WRONGDOING: gettext_lazy("You saw a bribe, fraud or waste. You need not give your name."),
    Kind.ENQUIRY: gettext_lazy("You want to know something."),
    Kind.SUGGESTION: gettext_lazy("You know how something could be done better."),
    Kind.PRAISE: gettext_lazy("Somebody served you well."),
}


def _with_hint(label: Any, hint: Any) -> Any:
    return format_html("{}<small>{}</small>", label, hint) if hint else label


class StepForm(forms.Form):
    """A question. `answers` are what was answered before; `kept()` is what this page adds to them."""

    def __init__(self, *args: Any, answers: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.answers = answers or {}

    def kept(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class KindForm(StepForm):
    kind = forms.ChoiceField(label=gettext_lazy("Choose one"), widget=forms.RadioSelect)
    # SECURITY: people do not see it, machines fill it in.
    website = forms.CharField(required=False, max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        declared_as(forms.ChoiceField, self.fields["kind"]).choices = [
            (kind.value, _with_hint(kind.label, _KIND_HINTS[kind])) for kind in Kind
        ]


class CategoryForm(StepForm):
    category = forms.ChoiceField(label=gettext_lazy("Choose the one that fits best"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        declared_as(forms.ChoiceField, self.fields["category"]).choices = [
            (one.code, _with_hint(one.name, one.hint)) for one in Category.objects.filter(is_active=True)
        ]


class ProgramForm(StepForm):
    program = forms.ChoiceField(
        label=gettext_lazy("Choose the programme"), widget=forms.RadioSelect, required=False, initial=""
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programs = [(one.code, one.name) for one in Program.objects.filter(is_active=True)]
        declared_as(forms.ChoiceField, self.fields["program"]).choices = [
            *programs,
            ("", _("I do not know, or none of them")),
        ]


class PlaceForm(StepForm):
    place = AreaField(
        label=gettext_lazy("Governorate and district"),
        help_text=gettext_lazy("The district is optional; with it your message reaches the right office sooner."),
    )

    def kept(self) -> dict[str, Any]:
        return {"place": self.cleaned_data["place"].pk}


def is_confidential(answers: dict[str, Any]) -> bool:
    """Tell whether what was chosen belongs to the confidential cases."""
    return Category.objects.filter(code=answers.get("category", ""), is_sensitive=True).exists()


class StoryForm(StepForm):
    story = forms.CharField(
        label=gettext_lazy("In your own words"),
        max_length=STORY_MAX,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
        help_text=gettext_lazy(
            "Say when and where it happened and what you would like us to do. A few lines are enough."
        ),
        error_messages={
            "required": gettext_lazy("Tell us what happened."),
            "max_length": gettext_lazy("Use at most 5,000 characters; you can send more afterwards."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_confidential(self.answers):
            self.fields["story"].required = False
            self.fields["story"].help_text = _(
                "You need not tell what happened. Write as much or as little as you like; only named officers read it."
            )


class FileForm(StepForm):
    file = DocumentField(
        label=gettext_lazy("Add a picture or a PDF"),
        required=False,
        help_text=gettext_lazy(
            "Up to five files of 10 megabytes: PDF, JPEG or PNG. Where a picture was taken is removed from it."
        ),
    )

    def kept(self) -> dict[str, Any]:
        return {"files_seen": True}


class PrivacyForm(StepForm):
    privacy = forms.ChoiceField(label=gettext_lazy("Choose one"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hints = {
            Complaint.Privacy.NAMED: _("The office that deals with it knows your name. This is quickest."),
            Complaint.Privacy.CONFIDENTIAL: _("We know who you are; only the officer in charge may see it."),
            Complaint.Privacy.ANONYMOUS: _("We do not ask who you are. You follow it with a code and a PIN only."),
        }
        declared_as(forms.ChoiceField, self.fields["privacy"]).choices = [
            (one.value, _with_hint(one.label, hints[one])) for one in Complaint.Privacy
        ]


class ContactForm(StepForm):
    for_whom = forms.ChoiceField(
        label=gettext_lazy("Are you writing for yourself?"),
        choices=[
            ("self", gettext_lazy("For myself and my family")),
            ("other", gettext_lazy("For somebody else, as guardian or helper")),
        ],
        widget=forms.RadioSelect,
        initial="self",
    )
    helper_name = forms.CharField(
        label=gettext_lazy("Your own name, if you write for somebody else"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    relation = forms.CharField(
        label=gettext_lazy("What you are to them"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("For example mother, neighbour, social worker."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    name = forms.CharField(
        label=gettext_lazy("Name of the person concerned"),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Write the name, or go back and choose «Anonymous».")},
    )
    phone = PhoneField(
        label=gettext_lazy("Mobile number"),
        required=False,
        help_text=gettext_lazy("So that we can tell you when there is an answer. Messages never say what it is about."),
    )
    national_id = DigitsField(
        label=gettext_lazy("National number"),
        max_digits=20,
        required=False,
        help_text=gettext_lazy("With it we find your family's file at once."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_confidential(self.answers):
            self.fields["phone"].help_text = _(
                "Nobody sends messages to this number. An officer calls it when it is safe."
            )
            self.fields["safe_contact"] = forms.CharField(
                label=_("When and how is it safe to reach you?"),
                max_length=300,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("for_whom") == "other" and not cleaned.get("helper_name"):
            self.add_error("helper_name", _("Write your own name: you write for somebody else."))
        return cleaned


class CheckForm(forms.Form):
    """Nothing to fill in: the last look before sending."""


class LookUpForm(forms.Form):
    """Code and PIN."""

    code = DigitsField(
        label=gettext_lazy("Tracking code"), length=10, help_text=gettext_lazy("The ten digits you were given.")
    )
    pin = DigitsField(label=gettext_lazy("PIN"), length=6, help_text=gettext_lazy("Six digits."))


class LostPinForm(forms.Form):
    """The number that was given with the case."""

    code = DigitsField(label=gettext_lazy("Tracking code"), length=10)
    phone = PhoneField(label=gettext_lazy("The mobile number you gave us"))


class NewPinForm(forms.Form):
    """The word that was sent."""

    code = DigitsField(label=gettext_lazy("Tracking code"), length=10)
    word = DigitsField(label=gettext_lazy("The eight digits of our message"), length=8)


class MessageForm(forms.Form):
    """A message, with a file."""

    text = forms.CharField(
        label=gettext_lazy("Your message"),
        max_length=STORY_MAX,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )
    file = DocumentField(
        label=gettext_lazy("Picture or PDF"), required=False, help_text=gettext_lazy("Optional, up to 10 megabytes.")
    )
    token = forms.UUIDField(widget=forms.HiddenInput)


class AppealForm(forms.Form):
    """Why the answer is not right."""

    reason = forms.CharField(
        label=gettext_lazy("Why do you not agree with the answer?"),
        max_length=STORY_MAX,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )


class ConsentForm(forms.Form):
    """Whether a service may be brought in."""

    agrees = forms.TypedChoiceField(
        label=gettext_lazy("Do you agree?"),
        coerce=lambda value: value == "yes",
        choices=[
            ("yes", gettext_lazy("Yes, I agree")),
            ("no", gettext_lazy("No, I do not agree")),
        ],
        widget=forms.RadioSelect,
    )
    offer = forms.IntegerField(widget=forms.HiddenInput)


class RateForm(forms.Form):
    """What one thinks of how it went."""

    score = forms.TypedChoiceField(
        label=gettext_lazy("How were you dealt with?"),
        coerce=int,
        choices=[
            ("5", gettext_lazy("Very well")),
            ("4", gettext_lazy("Well")),
            ("3", gettext_lazy("Neither well nor badly")),
            ("2", gettext_lazy("Badly")),
            ("1", gettext_lazy("Very badly")),
        ],
        widget=forms.RadioSelect,
    )
    still_fixed = forms.TypedChoiceField(
        label=gettext_lazy("Is it put right?"),
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))],
        widget=forms.RadioSelect(attrs={"class": "inline"}),
    )
    comment = forms.CharField(
        label=gettext_lazy("Anything you would like to add"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
