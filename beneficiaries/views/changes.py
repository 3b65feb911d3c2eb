"""Pages of change requests: the list, choosing a kind, its form, and the request itself."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, FormView, TemplateView

from beneficiaries.changes import KINDS, ChangeForm, ChangeKind, kind_of
from beneficiaries.filters import ChangeRequestFilter
from beneficiaries.forms import ChangePaperForm
from beneficiaries.models import ChangeLine, ChangeRequest, Household
from beneficiaries.services import change_plans as plans
from beneficiaries.services import change_requests as services
from beneficiaries.services.change_effects import Effect, effects_of
from beneficiaries.services.change_matches import possible_matches
from beneficiaries.services.change_words import difference_in_words, holds_numbers, in_rows
from ministry import audit, formats
from ministry.exceptions import DomainError
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import (
    DomainErrorMixin,
    FormPageMixin,
    StaffPageMixin,
    VisibleObjectMixin,
    signed_in,
)

ADD = services.ADD


Status = ChangeRequest.Status


class ChangeListView(ListPage):
    """All change requests of the reader's areas, newest first."""

    permission_required = "beneficiaries.view_changerequest"
    model = ChangeRequest
    filterset_class = ChangeRequestFilter
    title = gettext_lazy("Changes in households")
    lead = gettext_lazy("One person writes a change down and proves it; a second one approves it or refuses it.")
    row_template_name = "beneficiaries/changes/_row.html"
    columns = (
        Column("household", gettext_lazy("Household"), is_header=True),
        Column("kind", gettext_lazy("Change")),
        Column("area", gettext_lazy("Area")),
        Column("by", gettext_lazy("Written by")),
        Column("effective", gettext_lazy("In effect from"), ("effective_on",)),
        Column("status", gettext_lazy("Status")),
    )
    empty_title = gettext_lazy("No change has been written down yet")
    empty_text = gettext_lazy("Open a household's file and choose “Write down a change”.")
    empty_icon = "refresh"


class _OfHousehold(StaffPageMixin):
    """A page below the file of a household for which the reader may ask for changes."""

    permission_required = ADD

    @cached_property
    def household(self) -> Household:
        households = Household.objects.visible_to(self.request.user).select_related("area")
        household = get_object_or_404(households, household_ref=self.kwargs["household_ref"])
        if not self.request.user.has_perm(ADD, household.area):
            raise PermissionDenied
        return household

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [
            (gettext_lazy("Registered households"), reverse("beneficiaries:household_list")),
            (self.household.household_ref, self.household.get_absolute_url()),
            (self.get_title(), ""),
        ]


class ChangeKindsView(_OfHousehold, TemplateView):
    """Which change is to be written down."""

    template_name = "beneficiaries/changes/kinds.html"
    title = gettext_lazy("What has changed?")
    lead = gettext_lazy("Nothing is written into the file before a second person has approved it.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            household=self.household,
            kinds=[
                {"kind": kind, "url": reverse("beneficiaries:change_create", args=[self.household.household_ref, code])}
                for code, kind in KINDS.items()
            ],
            **kwargs,
        )


class _ChangeFormMixin(FormPageMixin):
    """The form of one kind of change."""

    request: HttpRequest
    template_name: str | None = "beneficiaries/changes/form.html"
    submit_label = gettext_lazy("Save and check")
    kind: ChangeKind
    draft: ChangeRequest | None = None

    @property
    def household(self) -> Household:
        raise NotImplementedError

    def get_title(self) -> Any:
        return self.kind.label

    def get_lead(self) -> Any:
        return self.kind.lead

    def get_form_class(self) -> type[ChangeForm]:
        return self.kind.form_class

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"household": self.household, "reader": self.request.user}

    def form_valid(self, form: ChangeForm) -> HttpResponse:
        request = services.draft_change_request(
            household=self.household,
            kind=self.kind.code,
            effective_on=form.cleaned_data["effective_on"],
            answers=form.answers(),
            other_household_id=form.other_household_id(),
            note=form.cleaned_data["note"],
            actor=signed_in(self.request),
            request=self.draft,
        )
        return redirect(request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            household=self.household, papers=[name for _kind, name in self.kind.papers()], **kwargs
        )


class ChangeCreateView(_OfHousehold, _ChangeFormMixin, FormView):
    """Writes down a change of one kind as a draft."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if kwargs["kind"] not in KINDS:
            raise Http404
        self.kind = KINDS[kwargs["kind"]]
        return super().dispatch(request, *args, **kwargs)

    def get_cancel_url(self) -> str:
        return self.household.get_absolute_url()


class OfRequest(VisibleObjectMixin, StaffPageMixin):
    """A page of one request."""

    permission_required: str | tuple[str, ...] = "beneficiaries.view_changerequest"
    model = ChangeRequest
    object: ChangeRequest

    def get_queryset(self) -> QuerySet[ChangeRequest]:
        return (
            super()
            .get_queryset()
            .select_related("household__area", "other_household__area", "requested_by", "decided_by")
        )

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [
            (ChangeListView.title, reverse("beneficiaries:change_list")),
            (_("Request {number}").format(number=self.object.pk), ""),
        ]


class ChangeEditView(OfRequest, _ChangeFormMixin, FormView):
    """The form of one's own draft again; saving takes the file as it is now for its basis."""

    permission_required = ADD

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and self.has_permission():
            self.object = self.draft = get_object_or_404(self.get_queryset(), pk=kwargs["pk"])
            if self.draft.requested_by_id != request.user.pk:
                raise PermissionDenied
            self.kind = kind_of(self.draft)
        return super().dispatch(request, *args, **kwargs)

    @property
    def household(self) -> Household:
        return self.object.household

    def get_object(self) -> ChangeRequest:
        return self.object

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.object.status != Status.DRAFT:
            return redirect(self.object)
        return super().get(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        said = {
            name: {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
            for name, value in self.object.answers.items()
        }
        if self.object.other_household and "other_household" in self.kind.form_class.base_fields:
            said["other_household"] = self.object.other_household.household_ref
        return said | {"effective_on": self.object.effective_on, "note": self.object.note}

    def get_cancel_url(self) -> str:
        return self.object.get_absolute_url()


class ChangeDetailView(OfRequest, DomainErrorMixin, DetailView):
    """One request: what changes from what to what, its papers, what it means, and the verbs open to the reader."""

    template_name = "beneficiaries/changes/detail.html"
    paper_form: ChangePaperForm | None = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "GET" and type(self) is not ChangeDetailView:
            return redirect(self.get_object())
        self.object = self.get_object()
        response = self.render_to_response(self.get_context_data(object=self.object))
        # SECURITY: names and numbers must not be found in the cache of a shared computer after signing out.
        add_never_cache_headers(response)
        return response

    def get_title(self) -> Any:
        return _("{change}: household {reference}").format(
            change=self.object.get_kind_display(), reference=self.object.household.household_ref
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        request, reader = self.object, self.request.user
        stage = ChangeLine.Stage.APPLIED if request.status == Status.APPLIED else ChangeLine.Stage.PLANNED
        lines = plans.stored(request, stage)
        verbs = services.verbs_open_to(request=request, actor=reader)
        # Whoever wrote or decides it compares full numbers with the papers; others see the last figures.
        shows_numbers = bool(verbs) and holds_numbers(lines)
        fields = ["change request", "identifiers"] if shows_numbers else ["change request"]
        audit.disclose(reader=reader, subject=request.household, fields=fields, purpose="change request")
        overtaken, found = services.overtaken_by(request) if request.is_open else ("", [])
        missing = services.missing_papers(request) if request.status == Status.DRAFT else []
        if "submit" in verbs and self.paper_form is None:
            self.paper_form = ChangePaperForm(request=request, missing=missing)
        return super().get_context_data(
            change=request,
            rows=in_rows(lines, masked=not shows_numbers),
            facts=_summary(request),
            papers=request.evidence.select_related("document"),
            missing=[name for _kind, name in missing],
            paper_form=self.paper_form if "submit" in verbs else None,
            overtaken=overtaken,
            differences=[difference_in_words(one) for one in found],
            effects=self.effects() if request.is_open and not overtaken else [],
            matches=possible_matches(request, lines, reader) if request.is_open else [],
            others=ChangeRequest.objects.open()
            .of_household(request.household_id)
            .visible_to(reader)
            .exclude(pk=request.pk)
            if request.is_open
            else [],
            verbs=verbs,
            **kwargs,
        )

    def effects(self) -> list[Effect]:
        try:
            return effects_of(self.object, self.request.user)
        except DomainError:  # the file changed between two looks; the next one says how
            return []


def _summary(request: ChangeRequest) -> list[tuple[Any, Any]]:
    rows = [
        (_("File"), formats.isolated(request.household.household_ref)),
        (_("Area"), request.household.area.name),
        (_("In effect from"), formats.day(request.effective_on)),
        (_("Written by"), request.requested_by),
    ]
    if request.submitted_at:
        rows.append((_("Submitted"), formats.moment(request.submitted_at)))
    if request.decided_at:
        rows += [(_("Decided by"), request.decided_by), (_("Decided at"), formats.moment(request.decided_at))]
    if request.applied_at:
        rows.append((_("Applied"), formats.moment(request.applied_at)))
    if request.note:
        rows.append((_("Note"), request.note))
    if request.reason:
        rows.append((_("Reason"), request.reason))
    return rows
