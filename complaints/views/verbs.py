"""What officers can do with a case: each verb a page with its form."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from complaints.forms import desk as forms
from complaints.forms import voices
from complaints.models import Complaint
from complaints.services import answers, casework, issues, routing, suggestions
from complaints.workflows import COMPLAINT
from ministry.models import User
from ministry.views.mixins import FormPageMixin, StaffPageMixin

Text = str | Promise
Do = Callable[[Complaint, User, dict[str, Any]], Any]


@dataclass(frozen=True)
class Verb:
    """A verb on the case page: its name in the workflow, its words, its form, what it does."""

    transition: str
    label: Text
    form: type[forms.CaseForm]
    do: Do
    done: Text
    question: Text = ""
    # Done by the officer in charge only.
    in_charge: bool = True
    is_offered: bool = True
    # Only where the case waits for the answer of others, or only where it does not; None: both.
    together: bool | None = None
    # Only for these kinds of cases; empty: for all.
    kinds: tuple[str, ...] = ()

    def fits(self, complaint: Complaint, *, is_together: bool) -> bool:
        """Tell whether it makes sense for a case as it stands; whether it is permitted is asked elsewhere."""
        return self.together in (None, is_together) and (not self.kinds or complaint.kind in self.kinds)


def _say(verb: str) -> Do:
    return lambda complaint, actor, data: casework.write_message(
        complaint=complaint, verb=verb, text=data["text"], token=data["token"], actor=actor
    )


VERBS: dict[str, Verb] = {
    "take": Verb(
        "assign",
        gettext_lazy("Take it on"),
        forms.BareForm,
        lambda complaint, actor, data: casework.assign_case(complaint=complaint, officer=actor, actor=actor),
        gettext_lazy("The case is yours."),
        in_charge=False,
        is_offered=False,
    ),
    "resolve": Verb(
        "resolve",
        gettext_lazy("Answer and close"),
        forms.AnswerForm,
        lambda complaint, actor, data: answers.resolve_case(complaint=complaint, actor=actor, **data),
        gettext_lazy("The answer is recorded."),
        gettext_lazy(
            "A dismissal waits for a second person; work for another office keeps the case open until it is done."
        ),
    ),
    "confirm_dismissal": Verb(
        "confirm_dismissal",
        gettext_lazy("Agree to the dismissal"),
        forms.NoteForm,
        lambda complaint, actor, data: answers.confirm_dismissal(complaint=complaint, actor=actor, note=data["note"]),
        gettext_lazy("The case is dismissed and closed; the complainant may object."),
        gettext_lazy("You have read the case and the reasons, and agree."),
        in_charge=False,
    ),
    "send_back": Verb(
        "send_back",
        gettext_lazy("Do not agree: send it back"),
        forms.ReasonForm,
        lambda complaint, actor, data: answers.send_back_dismissal(
            complaint=complaint, actor=actor, note=data["reason"]
        ),
        gettext_lazy("The case is with its officer again."),
        in_charge=False,
    ),
    "reply": Verb(
        "reply", gettext_lazy("Write to the complainant"), forms.TextForm, _say("reply"), gettext_lazy("It was sent.")
    ),
    "interim": Verb(
        "interim",
        gettext_lazy("Interim reply"),
        forms.TextForm,
        _say("interim"),
        gettext_lazy("The interim reply was sent."),
        gettext_lazy("Say what was done so far, why it takes longer, and when the answer will come."),
    ),
    "note": Verb(
        "note",
        gettext_lazy("Note among staff"),
        forms.TextForm,
        _say("note"),
        gettext_lazy("The note is kept."),
        gettext_lazy("The complainant never sees it."),
        in_charge=False,
    ),
    "link": Verb(
        "link",
        gettext_lazy("Link household, programme, payment"),
        forms.LinkForm,
        lambda complaint, actor, data: casework.link_case(complaint=complaint, actor=actor, **data),
        gettext_lazy("The case is linked."),
    ),
    "name_official": Verb(
        "name_official",
        gettext_lazy("Name an official it is about"),
        forms.OfficialForm,
        lambda complaint, actor, data: casework.name_official(complaint=complaint, actor=actor, staff=data["staff"]),
        gettext_lazy("The official neither sees the case nor deals with it from now on."),
    ),
    "pause": Verb(
        "pause",
        gettext_lazy("Pause the clock"),
        forms.PauseForm,
        lambda complaint, actor, data: casework.pause_case(complaint=complaint, actor=actor, **data),
        gettext_lazy("The clock stands still; the complainant was told why."),
    ),
    "resume": Verb(
        "resume",
        gettext_lazy("Let the clock go on"),
        forms.BareForm,
        lambda complaint, actor, data: casework.resume_case(complaint=complaint, actor=actor),
        gettext_lazy("The clock goes on with the working days that were left."),
    ),
    "assign": Verb(
        "assign",
        gettext_lazy("Give it to another officer"),
        forms.AssignForm,
        lambda complaint, actor, data: casework.assign_case(complaint=complaint, officer=data["officer"], actor=actor),
        gettext_lazy("The case was given to another officer."),
        in_charge=False,
    ),
    "transfer": Verb(
        "transfer",
        gettext_lazy("Not ours: pass it on"),
        forms.TransferForm,
        lambda complaint, actor, data: casework.transfer_case(complaint=complaint, actor=actor, **data),
        gettext_lazy("The case was passed on; the complainant was told, and the clock runs on."),
        gettext_lazy(
            "A case is never closed as «not ours». It goes to the office it belongs to, and the clock runs on."
        ),
        in_charge=False,
    ),
    "together": Verb(
        "join",
        gettext_lazy("Answer it together with others"),
        voices.TogetherForm,
        lambda complaint, actor, data: issues.merge_cases(cases=data["chosen"], actor=actor),
        gettext_lazy("They are answered together. Each keeps its own code, clock and complainant."),
        gettext_lazy("The case that arrived first leads: its answer goes to all of them, when it is closed."),
        in_charge=False,
    ),
    "issue": Verb(
        "join",
        gettext_lazy("It is an issue of many"),
        voices.IssueForm,
        lambda complaint, actor, data: (
            issues.add_case(issue=data["issue"], complaint=complaint, actor=actor)
            if data["issue"]
            else issues.open_issue(title=data["title"], complaint=complaint, actor=actor)
        ),
        gettext_lazy("The case belongs to the issue; everybody in it gets one answer."),
        gettext_lazy("Many people tell us the same thing. They get one answer, each in their own way."),
        in_charge=False,
        together=False,
    ),
    "leave": Verb(
        "leave",
        gettext_lazy("Take it out: it gets an answer of its own"),
        forms.ReasonForm,
        lambda complaint, actor, data: issues.take_out(complaint=complaint, actor=actor, reason=data["reason"]),
        gettext_lazy("The case stands by itself again, as it stood before."),
        in_charge=False,
        together=True,
    ),
    "publish": Verb(
        "publish",
        gettext_lazy("Publish the suggestion"),
        voices.PublishForm,
        lambda complaint, actor, data: suggestions.publish(complaint=complaint, actor=actor, **data),
        gettext_lazy("It stands on the public list of suggestions."),
        gettext_lazy("Write it anew in a few words. Nobody must be recognised by it."),
        in_charge=False,
        kinds=("suggestion",),
    ),
    "escalate": Verb(
        "escalate",
        gettext_lazy("Pass it to the level above"),
        forms.EscalateForm,
        lambda complaint, actor, data: casework.escalate_case(complaint=complaint, actor=actor, **data),
        gettext_lazy("The case is with the level above."),
        gettext_lazy("For cases whose risk does not allow to wait for the clock."),
        in_charge=False,
    ),
    "reopen": Verb(
        "reopen",
        gettext_lazy("Open it again"),
        forms.ReasonForm,
        lambda complaint, actor, data: answers.reopen_case(complaint=complaint, actor=actor, reason=data["reason"]),
        gettext_lazy("The case is open again; another person deals with it."),
        in_charge=False,
    ),
    "review": Verb(
        "review",
        gettext_lazy("Reviewed: it stays as it is"),
        forms.ReasonForm,
        lambda complaint, actor, data: answers.end_review(complaint=complaint, actor=actor, reason=data["reason"]),
        gettext_lazy("The review is recorded."),
        in_charge=False,
    ),
}


class CaseVerbView(StaffPageMixin, FormPageMixin, FormView):
    """One verb: asks what it needs, then does it."""

    permission_required = "complaints.view_complaint"
    template_name = "complaints/verb.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if kwargs["verb"] not in VERBS:
            raise Http404
        self.verb = VERBS[kwargs["verb"]]
        self.permission_required = COMPLAINT.permission_of(self.verb.transition)

    @property
    def complaint(self) -> Complaint:
        if not hasattr(self, "_complaint"):
            visible = Complaint.objects.visible_to(self.request.user).select_related("area", "office", "household")
            self._complaint = get_object_or_404(visible, code=self.kwargs["code"])
        return self._complaint

    def has_permission(self) -> bool:
        user, permission = self.request.user, COMPLAINT.permission_of(self.verb.transition)
        return user.has_perm(permission) and user.has_perm(
            permission, routing.place_of_right(self.complaint, user, permission)
        )

    def get_title(self) -> str:
        return _("{verb}: {code}").format(verb=self.verb.label, code=self.complaint)

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [
            (gettext_lazy("Complaints"), reverse("complaints:list")),
            (str(self.complaint), self.complaint.get_absolute_url()),
            (self.verb.label, ""),
        ]

    def get_cancel_url(self) -> str:
        return self.complaint.get_absolute_url()

    def get_initial(self) -> dict[str, Any]:
        initial: dict[str, Any] = {"token": uuid.uuid4(), "level": self.complaint.level}
        if self.verb.form is forms.LinkForm:
            complaint = self.complaint
            initial |= {
                "household": complaint.household.household_ref if complaint.household else "",
                "program": complaint.program_id,
                "payment": complaint.payment.payment_ref if complaint.payment else "",
            }
        if self.kwargs["verb"] == "publish":
            initial |= suggestions.proposed_words(self.complaint)
        return initial

    def get_form(self, form_class: Any = None) -> BaseForm:
        options = self.get_form_kwargs() | {"complaint": self.complaint, "actor": self.request.user}
        if self.verb.form is forms.AssignForm:
            barred = routing.barred_officers(self.complaint)
            found = routing.candidates(self.complaint.office, self.complaint.level)
            options["officers"] = [user for _near, user, _load in found if user not in barred]
        return self.verb.form(**options)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        self.verb.do(self.complaint, self.request.user, form.cleaned_data)
        messages.success(self.request, str(self.verb.done))
        visible = Complaint.objects.visible_to(self.request.user).filter(pk=self.complaint.pk)
        return redirect(self.complaint.get_absolute_url() if visible.exists() else reverse("complaints:list"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(question=self.verb.question, submit_label=self.verb.label, **kwargs)
