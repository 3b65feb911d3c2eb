"""Scoring models: written as drafts, submitted, and put in force by a second person."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from beneficiaries.facts import CATALOGUE
from beneficiaries.models import ScoreTerm, ScoringModel
from beneficiaries.scores import check_term
from beneficiaries.scores.checks import NOT_SCORABLE
from beneficiaries.services import scores as services
from ministry.admin.base import AuditedAdmin, AuditedInline
from ministry.exceptions import DomainError
from ministry.views.mixins import signed_in


def _facts() -> list[tuple[str, Any]]:
    return [(fact.code, fact.label) for fact in CATALOGUE.values() if fact.code not in NOT_SCORABLE]


class TermForm(forms.ModelForm):
    """A term; what could not be computed is refused beside the field that is wrong."""

    fact = forms.ChoiceField(label=_("fact"), choices=_facts)

    class Meta:
        model = ScoreTerm
        fields = ("fact", "transform", "argument", "weight", "when_unknown")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            term = ScoreTerm(**{name: cleaned.get(name) for name in self.Meta.fields})
            for error in check_term(term):
                self.add_error(error.field, error.message)
        return cleaned


class TermsOfModel(AuditedInline):
    model = ScoreTerm
    form = TermForm
    can_delete = True
    show_change_link = False

    def _may_edit(self, obj: Model | None) -> bool:
        return not isinstance(obj, ScoringModel) or obj.status == ScoringModel.Status.DRAFT

    def has_add_permission(self, request: HttpRequest, obj: ScoringModel | None = None) -> bool:
        return self._may_edit(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: ScoringModel | None = None) -> bool:
        return self._may_edit(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may_edit(obj) and super().has_delete_permission(request, obj)


class NoteForm(ActionForm):
    """The action's form with room for a reason."""

    note = forms.CharField(label=_("Reason"), required=False, max_length=500)


@admin.register(ScoringModel)
class ScoringModelAdmin(AuditedAdmin):
    """Versions of scoring models. The steps are actions of the list, checked as everywhere by the workflow."""

    list_display = ("name", "code", "version", "status", "in_force_on", "prepared_by", "approved_by")
    list_filter = ("status", "code")
    list_select_related = ("prepared_by", "approved_by")
    search_fields = ("code", "name_ar", "name_en")
    fields = ("code", "version", "name_ar", "name_en", "intercept", "source", "starts_on", "status", "in_force_on")
    readonly_fields = ("status", "in_force_on")
    inlines = (TermsOfModel,)
    action_form = NoteForm
    actions = ("submit", "send_back", "approve")

    def has_change_permission(self, request: HttpRequest, obj: ScoringModel | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.status == ScoringModel.Status.DRAFT)

    @admin.action(description=_("Submit for approval"), permissions=["change"])
    def submit(self, request: HttpRequest, queryset: QuerySet[ScoringModel]) -> None:
        self._each(
            request, queryset, lambda model: services.submit_scoring_model(model=model, actor=signed_in(request))
        )

    @admin.action(description=_("Send back, with a reason"), permissions=["view"])
    def send_back(self, request: HttpRequest, queryset: QuerySet[ScoringModel]) -> None:
        note = request.POST.get("note", "")
        self._each(
            request,
            queryset,
            lambda model: services.send_back_scoring_model(model=model, actor=signed_in(request), note=note),
        )

    @admin.action(description=_("Put in force"), permissions=["view"])
    def approve(self, request: HttpRequest, queryset: QuerySet[ScoringModel]) -> None:
        note = request.POST.get("note", "")
        self._each(
            request,
            queryset,
            lambda model: services.approve_scoring_model(model=model, actor=signed_in(request), note=note),
        )

    def _each(self, request: HttpRequest, queryset: QuerySet[ScoringModel], verb: Any) -> None:
        for model in queryset:
            try:
                done = verb(model)
            except DomainError as error:
                text = format_html(
                    str(_("{model}, version {version}: {reason}")),
                    model=model,
                    version=model.version,
                    reason=error.message,
                )
                self.message_user(request, text, messages.ERROR)
            else:
                text = format_html(
                    str(_("{model}, version {version} is now: {status}")),
                    model=model,
                    version=model.version,
                    status=done.get_status_display(),
                )
                self.message_user(request, text, messages.SUCCESS)
