"""What officers fill in."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.models import Household
from complaints.models import OUTCOMES_OF, STORY_MAX, Category, Cause, Channel, Complaint, Kind, PauseReason, Remedy
from ministry.documents import DocumentField
from ministry.forms import AreaField, DigitsField, PhoneField
from ministry.models import User
from programs.models import Payment, Program

_AREA = {"rows": 4, "dir": "auto"}


class CaseForm(forms.Form):
    """A form about a case, which it may look at."""

    def __init__(self, *args: Any, complaint: Complaint, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.complaint, self.actor = complaint, actor


class ReasonForm(CaseForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )


class AssignForm(CaseForm):
    officer = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Officer"))

    def __init__(self, *args: Any, officers: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["officer"].queryset = User.objects.filter(pk__in=officers)  # type: ignore[attr-defined]


class TransferForm(ReasonForm):
    office = AreaField(label=gettext_lazy("To the office of"))
    field_order = ["office", "reason"]


class EscalateForm(ReasonForm):
    level = forms.CharField(widget=forms.HiddenInput)


class PauseForm(CaseForm):
    reason = forms.ChoiceField(label=gettext_lazy("Why"), choices=PauseReason.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=gettext_lazy("What exactly we wait for"),
        help_text=gettext_lazy("The complainant reads this."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class TextForm(CaseForm):
    text = forms.CharField(label=gettext_lazy("Text"), max_length=STORY_MAX, widget=forms.Textarea(attrs=_AREA))
    token = forms.UUIDField(widget=forms.HiddenInput)


class LinkForm(CaseForm):
    """Whose case it is: by file number, as far as the officer may see the register."""

    household = forms.CharField(label=gettext_lazy("File number of the household"), max_length=40, required=False)
    program = forms.ModelChoiceField(
        Program.objects.filter(is_active=True), label=gettext_lazy("Programme"), required=False
    )
    payment = forms.CharField(
        label=gettext_lazy("Number of the contested payment"),
        max_length=35,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )

    def clean_household(self) -> Household | None:
        reference = self.cleaned_data["household"].strip()
        if not reference:
            return None
        found = Household.objects.visible_to(self.actor).filter(household_ref=reference).first()
        if found is None:
            raise forms.ValidationError(_("There is no such file in your areas. Check the number."))
        return found

    def clean_payment(self) -> Payment | None:
        number = self.cleaned_data["payment"].strip()
        if not number:
            return None
        found = Payment.objects.visible_to(self.actor).filter(payment_ref=number).select_related("cycle__program")
        payment = found.select_related("entitlement").first()
        if payment is None:
            raise forms.ValidationError(_("There is no such payment in your areas. Check the number."))
        return payment


class OfficialForm(CaseForm):
    staff = forms.CharField(
        label=gettext_lazy("User name of the official"), max_length=150, widget=forms.TextInput(attrs={"dir": "ltr"})
    )

    def clean_staff(self) -> User:
        found = User.objects.filter(username=self.cleaned_data["staff"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("Nobody has this user name."))
        if found.pk == self.actor.pk:
            raise forms.ValidationError(_("You cannot name yourself. Pass the case on and say why."))
        return found


class AnswerForm(CaseForm):
    """The answer: what was found, what is done, why."""

    outcome = forms.ChoiceField(label=gettext_lazy("What was found"), widget=forms.RadioSelect)
    remedy = forms.ChoiceField(
        label=gettext_lazy("What is done about it"), choices=Remedy.choices, widget=forms.RadioSelect
    )
    instruction = forms.CharField(
        label=gettext_lazy("What exactly the other office has to do"),
        max_length=300,
        required=False,
        help_text=gettext_lazy(
            "For recalculations, back payments, checks and corrections: the case stays open until it is done."
        ),
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
    cause = forms.ChoiceField(label=gettext_lazy("Why it happened"), choices=Cause.choices)
    reasons = forms.CharField(
        label=gettext_lazy("Answer to the complainant, with reasons"),
        max_length=STORY_MAX,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [(one.value, one.label) for one in OUTCOMES_OF[self.complaint.kind]]  # type: ignore[attr-defined]


class NoteForm(CaseForm):
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class BareForm(CaseForm):
    """Nothing to fill in."""


class TaskForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("What was done"), max_length=300, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )


class EnterForm(forms.Form):
    """A case written down for somebody: at the counter, on the phone, on a visit."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How it reached us"),
        choices=[one for one in Channel.choices if one[0] in ("hotline", "counter", "mail", "visit")],
        widget=forms.RadioSelect(attrs={"class": "inline"}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("What it is"), choices=Kind.choices)
    category = forms.ModelChoiceField(
        Category.objects.filter(is_active=True),
        label=gettext_lazy("About"),
        to_field_name="code",
    )
    program = forms.ModelChoiceField(
        Program.objects.filter(is_active=True), label=gettext_lazy("Programme"), required=False
    )
    place = AreaField(label=gettext_lazy("Place of the matter"))
    story = forms.CharField(
        label=gettext_lazy("What happened, in their words"),
        max_length=STORY_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        help_text=gettext_lazy(
            "Read it to them before you save it. In confidential matters it may be left out: nobody has to tell it."
        ),
    )
    privacy = forms.ChoiceField(
        label=gettext_lazy("Who may know"), choices=Complaint.Privacy.choices, widget=forms.RadioSelect
    )
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=200, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    phone = PhoneField(label=gettext_lazy("Mobile number"), required=False)
    national_id = DigitsField(label=gettext_lazy("National number"), max_digits=20, required=False)
    helper_name = forms.CharField(
        label=gettext_lazy("Somebody who speaks for them"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    relation = forms.CharField(
        label=gettext_lazy("What they are to them"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    file = DocumentField(label=gettext_lazy("Picture or PDF"), required=False)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("privacy") != Complaint.Privacy.ANONYMOUS and not cleaned.get("name"):
            self.add_error("name", _("Write the name, or choose «Anonymous»."))
        category = cleaned.get("category")
        if category and not category.is_sensitive and "story" not in self.errors and not cleaned.get("story"):
            self.add_error("story", _("Write what happened."))
        return cleaned
