"""The desk: the list of cases, one case on one screen, writing one down for somebody, the held box."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import BooleanField, Case, QuerySet, Value, When
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView, View

from complaints.filters import ComplaintFilter
from complaints.forms import desk as forms
from complaints.models import Complaint, Issue
from complaints.queries import cases
from complaints.queries.likeness import alike
from complaints.secrets import first_pin, spaced
from complaints.services import casework, routing
from complaints.services.intake import Intake, Person, find_sent, receive
from complaints.services.issues import issue_of
from complaints.views.verbs import VERBS
from complaints.workflows import COMPLAINT
from ministry import audit, formats
from ministry.querysets import within
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import DomainErrorMixin, FormPageMixin, StaffPageMixin

_VIEW = "complaints.view_complaint"
_HELD = "complaints.review_held"
Text = str | Promise


def the_list() -> list[tuple[Text, str]]:
    return [(ComplaintListView.title, reverse("complaints:list"))]


class ComplaintListView(ListPage):
    """Cases in the reader's areas, without those that name the reader."""

    permission_required = _VIEW
    model, filterset_class = Complaint, ComplaintFilter
    title = gettext_lazy("Complaints")
    columns = (
        Column("code", gettext_lazy("Tracking code"), ("pk",), is_header=True),
        Column("category", gettext_lazy("About")),
        Column("area", gettext_lazy("Place")),
        Column("status", gettext_lazy("Status")),
        Column("due_on", gettext_lazy("Answer due"), ("due_on",)),
        Column("officer", gettext_lazy("Officer")),
    )
    default_sort = "-code"
    row_template_name = "complaints/_complaint_row.html"
    actions_template_name = "complaints/_list_actions.html"
    empty_title = gettext_lazy("No complaint has reached you yet")
    empty_text = gettext_lazy("They come from the web page, the hotline and the counter.")

    def get_queryset(self) -> QuerySet[Complaint]:
        late = Complaint.objects.overdue(timezone.localdate())
        return (
            Complaint.objects.visible_to(self.request.user)
            .for_list()
            .annotate(
                is_late=Case(
                    When(pk__in=late.values("pk"), then=Value(True)), default=Value(False), output_field=BooleanField()
                )
            )
        )


class CaseMixin(StaffPageMixin):
    """Finds the case among those the person may see."""

    permission_required = _VIEW
    kwargs: dict[str, Any]

    @property
    def complaint(self) -> Complaint:
        if not hasattr(self, "_complaint"):
            visible = Complaint.objects.visible_to(self.request.user).select_related(
                "category", "program", "area", "office", "officer", "household", "payment", "received_by", "term"
            )
            self._complaint = get_object_or_404(visible.prefetch_related("parties"), code=self.kwargs["code"])
        return self._complaint


class CaseView(CaseMixin, DomainErrorMixin, TemplateView):
    """A case on one screen. Reading who complains is logged."""

    template_name = "complaints/detail.html"

    def get_title(self) -> str:
        return _("{kind} {code}").format(kind=self.complaint.get_kind_display(), code=self.complaint)

    def get_lead(self) -> str:
        return self.complaint.category.name

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [*the_list(), (str(self.complaint), "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        complaint, user = self.complaint, self.request.user
        people, shown = cases.people(complaint, user)
        if shown:
            audit.disclose(reader=user, subject=complaint, fields=sorted(set(shown)))
        payments, refusals = cases.contested(complaint, user)
        answer = complaint.resolutions.order_by("-round", "-id").select_related("decided_by", "confirmed_by").first()
        is_barred = user.pk in routing.barred_officers(complaint)
        return super().get_context_data(
            complaint=complaint,
            rows=self._rows(),
            people=people,
            attachments=list(complaint.attachments.select_related("document")),
            may_read_files=user.has_perm("complaints.handle_complaint", complaint.area),
            said=list(complaint.messages.select_related("by").order_by("-at", "-id")),
            answer=answer,
            answer_rows=_answer_rows(answer) if answer else [],
            task=getattr(answer, "task", None) if answer else None,
            payments=payments,
            refusals=refusals,
            clock_words=cases.clock_in_words(complaint),
            clock_rows=self._clock_rows(),
            clock_events=cases.clock_events(complaint),
            earlier=cases.earlier_of_same_number(complaint, user),
            alike=alike(complaint, user),
            issue=self._issue(),
            surveys=list(complaint.surveys.all()),
            is_barred=is_barred,
            can_take=not is_barred and self._can_take(),
            verbs=[] if is_barred else self._verbs(),
            **kwargs,
        )

    def _issue(self) -> Issue | None:
        """Return the issue the case is in, unless it is none of the reader's business."""
        issue = issue_of(self.complaint)
        return Issue.objects.visible_to(self.request.user).filter(pk=issue.pk).first() if issue else None

    def _can_take(self) -> bool:
        complaint, user = self.complaint, self.request.user
        place = routing.place_of_right(complaint, user, "complaints.handle_complaint")
        open_to = COMPLAINT.available(status=complaint.status, actor=user, area=place)
        is_mine = complaint.officer_id == user.pk and complaint.status == Complaint.Status.IN_PROGRESS
        return "assign" in open_to and not is_mine and routing.may_handle(complaint, user)

    def _verbs(self) -> list[tuple[Text, str]]:
        complaint, user = self.complaint, self.request.user
        place = routing.place_of_right(complaint, user, "complaints.handle_complaint")
        open_to = COMPLAINT.available(status=complaint.status, actor=user, area=place)
        in_charge = complaint.officer_id == user.pk
        is_together = issue_of(complaint) is not None
        return [
            (verb.label, reverse("complaints:verb", args=[complaint.code, code]))
            for code, verb in VERBS.items()
            if verb.transition in open_to
            and (in_charge or not verb.in_charge)
            and verb.is_offered
            and verb.fits(complaint, is_together=is_together)
        ]

    def _rows(self) -> list[tuple[Text, Any]]:
        complaint = self.complaint
        rows: list[tuple[Text, Any]] = [
            (_("Place"), complaint.area.name),
            (_("Programme"), complaint.program),
            (_("Received"), f"{formats.moment(complaint.received_at)} · {complaint.get_channel_display()}"),
            (_("Household"), formats.isolated(complaint.household.household_ref) if complaint.household else ""),
        ]
        if complaint.received_by:
            rows.append((_("Written down by"), str(complaint.received_by)))
        for appeal in complaint.appeals.all():
            rows.append((_("Objection of {day}").format(day=formats.day(appeal.filed_at)), appeal.reason))
        return rows

    def _clock_rows(self) -> list[tuple[Text, Any]]:
        complaint = self.complaint
        return [
            (_("Answer due"), formats.day(complaint.due_on) if complaint.due_on else ""),
            (_("Interim reply due"), formats.day(complaint.interim_on) if complaint.interim_on else ""),
            (_("Level"), complaint.get_level_display()),
            (_("Office"), complaint.office.name),
            (_("Officer"), str(complaint.officer) if complaint.officer else _("Nobody has it yet")),
            (_("Transfers"), formats.number(complaint.hops)),
        ]


def _answer_rows(answer: Any) -> list[tuple[Text, Any]]:
    rows: list[tuple[Text, Any]] = [
        (_("What was found"), answer.get_outcome_display()),
        (_("What is done about it"), answer.get_remedy_display()),
        (_("Why it happened"), answer.get_cause_display()),
        (_("Decided by"), f"{answer.decided_by} · {formats.day(answer.decided_at)}"),
    ]
    if answer.confirmed_by:
        rows.append((_("Second person"), f"{answer.confirmed_by} · {formats.day(answer.confirmed_at)}"))
    if answer.note:
        rows.append((_("Note of the second person"), answer.note))
    return rows


SLIP = "complaint_slip"


class EnterView(StaffPageMixin, FormPageMixin, FormView):
    """Writes a case down for somebody who calls or comes."""

    permission_required = "complaints.add_complaint"
    form_class = forms.EnterForm
    title = gettext_lazy("Write a case down")
    lead = gettext_lazy("Ask what happened, read it back, and hand over the slip with code and PIN.")
    submit_label = gettext_lazy("Save and show the slip")

    def get_initial(self) -> dict[str, Any]:
        return {"token": uuid.uuid4(), "channel": "counter", "privacy": Complaint.Privacy.NAMED}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        data = form.cleaned_data
        own = Person(name=data["name"], phone=data["phone"], national_id=data["national_id"])
        helper = Person(name=data["helper_name"], relation=data["relation"]) if data["helper_name"] else None
        receive(
            Intake(
                token=data["token"],
                kind=data["kind"],
                category=data["category"],
                program=data["program"],
                area=data["place"],
                story=data["story"],
                language=(get_language() or "ar")[:2],
                privacy=data["privacy"],
                channel=data["channel"],
                complainant=own,
                helper=helper,
                files=[data["file"]] if data["file"] else (),
            ),
            actor=self.request.user,
        )
        self.request.session[SLIP] = str(data["token"])
        return redirect("complaints:slip")


class SlipView(StaffPageMixin, TemplateView):
    """The slip of what was just written down, shown once."""

    permission_required = "complaints.add_complaint"
    template_name = "complaints/slip.html"
    title = gettext_lazy("Slip for the complainant")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        token = request.session.pop(SLIP, None)
        complaint = find_sent(token) if token else None
        if complaint is None:
            return redirect("complaints:enter")
        return self.render_to_response(
            self.get_context_data(
                code=spaced(complaint.code), pin=first_pin(uuid.UUID(token)), due_on=complaint.due_on, **kwargs
            )
        )


class HeldListView(ListPage):
    """What looks like a machine's: a person looks through it every day."""

    permission_required = _HELD
    title = gettext_lazy("Held box")
    lead = gettext_lazy("Nothing is thrown away: let in what a person wrote, set aside the rest with a reason.")
    columns = (
        Column("code", gettext_lazy("Tracking code"), is_header=True),
        Column("received_at", gettext_lazy("Received"), ("received_at",)),
        Column("why", gettext_lazy("Why it was held")),
        Column("story", gettext_lazy("What it says")),
    )
    default_sort = "received_at"
    row_template_name = "complaints/_held_row.html"
    empty_title = gettext_lazy("The box is empty")
    empty_text = gettext_lazy("Nothing doubtful has come in.")

    def get_queryset(self) -> QuerySet[Complaint]:
        return held_by(self.request.user)

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [*the_list(), (self.title, "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        for complaint in context["page"]:
            complaint.why = reasons_of(complaint)
        return context


def held_by(user: Any) -> QuerySet[Complaint]:
    """Return what is held in the areas where the person looks through it."""
    return Complaint.objects.held().filter(within(user.area_paths_with(_HELD), "area"))


_REASONS = {
    "trap": gettext_lazy("a field people do not see was filled in"),
    "fast": gettext_lazy("sent within seconds"),
    "links": gettext_lazy("many links"),
    "many": gettext_lazy("many from one connection"),
}


def reasons_of(complaint: Complaint) -> str:
    return "، ".join(str(_REASONS.get(code, code)) for code in complaint.held_for.split())


class HeldMixin(StaffPageMixin):
    permission_required = _HELD
    kwargs: dict[str, Any]

    @property
    def complaint(self) -> Complaint:
        return get_object_or_404(
            held_by(self.request.user).select_related("category", "area"), code=self.kwargs["code"]
        )


class HeldDetailView(HeldMixin, FormPageMixin, FormView):
    """One of the box: let in, or set aside with a reason."""

    template_name = "complaints/held_detail.html"
    submit_label = gettext_lazy("Set aside")

    def get_form(self, form_class: Any = None) -> BaseForm:
        return forms.ReasonForm(complaint=self.complaint, actor=self.request.user, **self.get_form_kwargs())

    def get_title(self) -> str:
        return _("Held: {code}").format(code=self.complaint)

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [*the_list(), (HeldListView.title, reverse("complaints:held")), (str(self.complaint), "")]

    def form_valid(self, form: BaseForm) -> HttpResponse:
        casework.set_aside_held(complaint=self.complaint, reason=form.cleaned_data["reason"], actor=self.request.user)
        messages.success(self.request, _("It was set aside and is kept with the reason."))
        return redirect("complaints:held")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        complaint = self.complaint
        rows = [
            (_("Why it was held"), reasons_of(complaint)),
            (_("About"), complaint.category),
            (_("Place"), complaint.area),
            (_("Received"), formats.moment(complaint.received_at)),
        ]
        return super().get_context_data(complaint=complaint, rows=rows, **kwargs)


class HeldAdmitView(HeldMixin, View):
    """Lets one in."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        casework.admit_held(complaint=self.complaint, actor=self.request.user)
        messages.success(request, _("It was let in; its clock has been running since it arrived."))
        return redirect("complaints:held")
