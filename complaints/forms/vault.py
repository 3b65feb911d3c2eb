"""What those who deal with confidential cases fill in."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models import STORY_MAX, SupportService, VaultCase, VaultFile, VaultReferral
from complaints.models.vault.referral import Share
from complaints.services.vault.referrals import services_for
from ministry.certain import declared_as
from ministry.models import User

_LINES = {"rows": 4, "dir": "auto"}


class VaultForm(forms.Form):
    """A form about a confidential case, which it may look at."""

    def __init__(self, *args: Any, case: VaultCase, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.actor = case, actor


class BareForm(VaultForm):
    """Nothing to fill in."""


class ReasonForm(VaultForm):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=1000, widget=forms.Textarea(attrs=_LINES))


class TextForm(VaultForm):
    text = forms.CharField(label=gettext_lazy("Text"), max_length=STORY_MAX, widget=forms.Textarea(attrs=_LINES))
    token = forms.UUIDField(widget=forms.HiddenInput)


class OfficerForm(VaultForm):
    officer = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Officer"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = User.objects.filter(assignments__role__permissions__codename="work_vaultcase", is_active=True).distinct()
        self.fields["officer"].queryset = able.exclude(pk__in=self.case.barred)  # type: ignore[attr-defined]


class RiskForm(VaultForm):
    risk = forms.ChoiceField(
        label=gettext_lazy("How great is the danger?"),
        choices=[one for one in VaultCase.Risk.choices if one[0] != VaultCase.Risk.UNKNOWN],
        widget=forms.RadioSelect,
    )
    plan = forms.CharField(
        label=gettext_lazy("Safety plan"),
        max_length=STORY_MAX,
        required=False,
        widget=forms.Textarea(attrs=_LINES),
        help_text=gettext_lazy("What was agreed with the person: where they go, whom they call, what they keep ready."),
    )


class AccusedForm(VaultForm):
    name = forms.CharField(
        label=gettext_lazy("Name, as the person says it"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    staff = forms.CharField(
        label=gettext_lazy("User name, where it is an official of the ministry"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
        help_text=gettext_lazy("They find nothing of the case from now on, and their office has no part in it."),
    )

    def clean_staff(self) -> User | None:
        name = self.cleaned_data["staff"].strip()
        found = User.objects.filter(username=name).first() if name else None
        if name and found is None:
            raise forms.ValidationError(_("Nobody has this user name."))
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("name") and not cleaned.get("staff"):
            self.add_error("name", _("Write a name or a user name."))
        return cleaned


class _ServiceField(forms.ModelChoiceField):
    def label_from_instance(self, obj: SupportService) -> str:
        return f"{obj.name} — {obj.get_kind_display()}"


class _ReferralField(forms.ModelChoiceField):
    def label_from_instance(self, obj: VaultReferral) -> str:
        return obj.service.name


class _FileField(forms.ModelChoiceField):
    def label_from_instance(self, obj: VaultFile) -> str:
        return obj.name


class ReferForm(VaultForm):
    service = _ServiceField(SupportService.objects.none(), label=gettext_lazy("Service"))
    purpose = forms.CharField(
        label=gettext_lazy("What for"),
        max_length=1000,
        widget=forms.Textarea(attrs=_LINES),
        help_text=gettext_lazy("The person reads this before they agree."),
    )
    shares = forms.MultipleChoiceField(
        label=gettext_lazy("What the service would be told"),
        choices=Share.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("As little as it needs. Each item is agreed to by the person."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = [one.pk for one in services_for(self.case)]
        field = declared_as(forms.ModelChoiceField, self.fields["service"])
        field.queryset = SupportService.objects.filter(pk__in=found)


class ReferralForm(VaultForm):
    """About one of the referrals of the case that are in some state."""

    states: dict[str, Any] = {}
    referral = _ReferralField(VaultReferral.objects.none(), label=gettext_lazy("Referral"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = declared_as(forms.ModelChoiceField, self.fields["referral"])
        field.queryset = self.case.referrals.filter(**self.states).select_related("service")


class ConsentForm(ReferralForm):
    states = {"sent_at": None, "consent__in": ["asked", "given"]}
    agrees = forms.TypedChoiceField(
        label=gettext_lazy("What the person said to you"),
        coerce=lambda value: value == "yes",
        choices=[("yes", gettext_lazy("They agree")), ("no", gettext_lazy("They do not agree, or take it back"))],
        widget=forms.RadioSelect,
    )


class SendForm(ReferralForm):
    states = {"sent_at": None, "consent": "given"}


class ReportForm(ReferralForm):
    states = {"sent_at__isnull": False}
    result = forms.CharField(
        label=gettext_lazy("What the service did"), max_length=1000, widget=forms.Textarea(attrs=_LINES)
    )


class AdmitForm(VaultForm):
    file = _FileField(VaultFile.objects.none(), label=gettext_lazy("File"))
    reason = forms.CharField(
        label=gettext_lazy("Why it may be opened without a scan"), max_length=300, widget=forms.Textarea(attrs=_LINES)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        waiting = [VaultFile.Scan.UNSCANNED, VaultFile.Scan.PENDING]
        field = declared_as(forms.ModelChoiceField, self.fields["file"])
        field.queryset = self.case.files.filter(scan__in=waiting).defer("content")


class ClosingForm(VaultForm):
    outcome = forms.ChoiceField(
        label=gettext_lazy("How it ends"), choices=VaultCase.Outcome.choices, widget=forms.RadioSelect
    )
    reasons = forms.CharField(
        label=gettext_lazy("Reasons, for whoever takes the second look"),
        max_length=STORY_MAX,
        widget=forms.Textarea(attrs=_LINES),
    )


class LastWordForm(VaultForm):
    answer = forms.CharField(
        label=gettext_lazy("Last word to the person"),
        max_length=STORY_MAX,
        required=False,
        widget=forms.Textarea(attrs=_LINES),
        help_text=gettext_lazy("They read it with code and PIN. It may be left out."),
    )
