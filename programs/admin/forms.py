"""Admin forms of rules: what cannot be compiled is refused when saved, with the reason."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.facts import CATALOGUE
from programs.eligibility.checks import count_problems, member_requirement_problems, requirement_problems
from programs.eligibility.member_fields import MEMBER_FIELDS
from programs.models import Criterion, MemberCondition, RuleGroup
from programs.rules import MemberRequirement, Requirement


class CriterionForm(forms.ModelForm):
    """A criterion; its fact is one of the catalogue."""

    fact = forms.ChoiceField(
        label=gettext_lazy("Fact"),
        required=False,
        choices=lambda: [("", "—"), *((code, fact.label) for code, fact in CATALOGUE.items())],
        help_text=gettext_lazy("Leave it empty where the condition counts members."),
    )

    class Meta:
        model = Criterion
        fields = (
            "group",
            "position",
            "subject",
            "fact",
            "operator",
            "value",
            "when_unknown",
            "legal_basis",
            "wording_ar",
            "wording_en",
            "note_ar",
            "note_en",
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given is None or not {"subject", "operator", "value"} <= given.keys() or "fact" not in given:
            return given or {}
        if given["subject"] == Criterion.Subject.FACT and not given["fact"]:
            self.add_error("fact", _("Choose the fact, or let the condition count members."))
        elif given["subject"] == Criterion.Subject.MEMBER_COUNT and given["fact"]:
            self.add_error("fact", _("A condition that counts members looks at no fact. Leave it empty."))
        else:
            # Which members count is checked beside each of their conditions, and again before anybody relies on it.
            for reason in (
                requirement_problems(
                    Requirement(id=0, fact=given["fact"], operator=given["operator"], value=given["value"])
                )
                if given["fact"]
                else count_problems(given["operator"], given["value"])
            ):
                self.add_error("value", reason)
        return given


class MemberConditionForm(forms.ModelForm):
    """What a member must meet; the field is one of the catalogue."""

    field = forms.ChoiceField(
        label=gettext_lazy("About the member"),
        choices=lambda: [("", "—"), *((code, field.label) for code, field in MEMBER_FIELDS.items())],
    )

    class Meta:
        model = MemberCondition
        fields = ("field", "operator", "value")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if {"field", "operator", "value"} <= given.keys():
            for reason in member_requirement_problems(
                MemberRequirement(given["field"], given["operator"], given["value"])
            ):
                self.add_error("value", reason)
        return given


class RuleGroupForm(forms.ModelForm):
    """A group; it stands in one of the same version, never in itself."""

    class Meta:
        model = RuleGroup
        fields = ("version", "parent", "kind", "position")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        parent, version = given.get("parent"), given.get("version")
        if parent is not None and version is not None:
            if parent.version_id != version.pk:
                self.add_error("parent", _("Choose a group of the same version."))
            ancestor = parent
            while ancestor is not None:
                if ancestor.pk == self.instance.pk:
                    self.add_error("parent", _("A group cannot stand in itself."))
                    break
                ancestor = ancestor.parent
        return given
