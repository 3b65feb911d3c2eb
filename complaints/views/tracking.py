"""A case of one's own, by code and PIN."""

import time
import uuid
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView

from complaints.forms import intake as forms
from complaints.models import Complaint, Message, Survey, VaultCase
from complaints.secrets import InvalidToken, seal, unseal
from complaints.services import tracking
from complaints.services.answers import appeal_case, appeal_until
from complaints.services.tracking import TooManyTries
from complaints.services.vault import holder, referrals
from complaints.vault import HOLDER, opened
from complaints.views.public import OpenPage, address_of
from complaints.workflows import COMPLAINT, VAULT
from ministry.exceptions import TransitionNotAllowed
from ministry.views.mixins import ConfirmPageMixin, DomainErrorMixin, FormPageMixin, PageMixin

SEEN = "complaint_seen"
# After so long without a page the PIN is asked for again.
STAYS_SECONDS = 30 * 60


class LookUpView(OpenPage, FormPageMixin, FormView):
    """Asks for code and PIN. An unknown code and a wrong PIN are one answer."""

    template_name = "complaints/track.html"
    form_class = forms.LookUpForm
    title = gettext_lazy("Follow your case")
    lead = gettext_lazy("Enter the code and the PIN you were given.")
    submit_label = gettext_lazy("Show my case")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        try:
            complaint = tracking.look_up(
                code=form.cleaned_data["code"], pin=form.cleaned_data["pin"], address=address_of(self.request)
            )
        except TooManyTries as error:
            form.add_error(None, error.message)
            response = self.form_refused(form)
            response.status_code = 429
            response.is_page = True  # type: ignore[attr-defined]
            return response
        if complaint is None:
            form.add_error(None, _("Code and PIN do not fit together. Check both; the PIN has six digits."))
            return self.form_invalid(form)
        # SECURITY: a new session, so that nobody who planted the old one looks along.
        self.request.session.cycle_key()
        remember(self.request, complaint.code)
        return redirect("complaints:case")


def remember(request: HttpRequest, code: str) -> None:
    """Let this visit come back to a case. Sealed: what is kept of a visit names no case."""
    request.session[SEEN] = {"case": seal(code), "until": time.time() + STAYS_SECONDS}


def remembered(request: HttpRequest) -> str:
    """Return the code of the case this visit has opened, while it still may see it."""
    seen = request.session.get(SEEN) or {}
    if seen.get("until", 0) <= time.time():
        return ""
    try:
        return unseal(seen.get("case", ""))
    except InvalidToken:
        return ""


class OwnCaseMixin(OpenPage, PageMixin):
    """Finds the case this visit has opened; otherwise asks for code and PIN.

    A confidential case looks like any other here: the page is drawn while the vault is open to whoever holds its PIN.
    """

    complaint: Any
    request: HttpRequest

    def lead_elsewhere(self, request: HttpRequest) -> HttpResponse | None:
        code = remembered(request)
        complaint = tracking.find_own(code) if code else None
        if complaint is None:
            request.session.pop(SEEN, None)
            return redirect("complaints:track")
        remember(request, complaint.code)
        self.complaint = complaint
        return None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with opened(HOLDER):
            response = super().dispatch(request, *args, **kwargs)
            if isinstance(response, TemplateResponse):
                response.render()
        response.headers["Cache-Control"] = "no-store, private"
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(complaint=self.complaint, **kwargs)


class OwnCaseView(OwnCaseMixin, TemplateView):
    """Where it stands, what was said, what one can do."""

    template_name = "complaints/case.html"

    def get_title(self) -> str:
        return _("Your case {code}").format(code=self.complaint)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        complaint = self.complaint
        if isinstance(complaint, VaultCase):
            return super().get_context_data(**self._confidential(complaint), **kwargs)
        said = complaint.messages.exclude(direction=Message.Direction.NOTE)
        said.filter(direction=Message.Direction.OUT, read_at=None).update(read_at=timezone.now())
        answers = complaint.resolutions.filter(status="final")
        return super().get_context_data(
            said=list(said.order_by("-at", "-id")),
            answers=list(answers.order_by("-round")),
            files=complaint.attachments.count(),
            transfers=list(complaint.transfers.select_related("to_office")),
            verbs=self._verbs(),
            appeal_until=appeal_until(complaint) if complaint.status == Complaint.Status.CLOSED else None,
            pause=complaint.clock.filter(what="pause").order_by("-at").first()
            if complaint.status == Complaint.Status.PAUSED
            else None,
            **kwargs,
        )

    def _confidential(self, case: VaultCase) -> dict[str, Any]:
        """Return what the same page tells of a confidential case."""
        said = case.messages.exclude(direction="note")
        said.filter(direction="out", read_at=None).update(read_at=timezone.now())
        offered = [] if case.is_final else ["message"]
        if not case.is_final and referrals.waiting_for_answer(case):
            offered.insert(0, "consent")
        if "withdraw" in VAULT.available(status=case.status, actor=_nobody(), permitted=True):
            offered.append("withdraw")
        return {"said": list(said.order_by("-at", "-id")), "files": case.files.count(), "verbs": offered}

    def _verbs(self) -> list[str]:
        complaint, nobody = self.complaint, _nobody()
        verbs = COMPLAINT.available(status=complaint.status, actor=nobody, permitted=True)
        offered = [] if complaint.is_final else ["message"]
        if complaint.surveys.filter(answered_at=None).exists():
            offered.append("rate")
        if "appeal" in verbs and timezone.localdate() <= appeal_until(complaint) and complaint.level != "inspector":
            offered.append("appeal")
        if "withdraw" in verbs:
            offered.append("withdraw")
        return offered


def _nobody() -> Any:
    """The complainant has no account: the PIN is the permission."""
    return None


class OwnCaseVerbView(OwnCaseMixin, ConfirmPageMixin, DomainErrorMixin, FormView):
    """Write, rate, object, withdraw: each on a page of its own."""

    template_name = "complaints/case_verb.html"
    is_destructive = False
    VERBS: dict[str, tuple[type[BaseForm], str | Promise, str | Promise, str | Promise]] = {
        "consent": (forms.ConsentForm, gettext_lazy("May we bring a service in?"), gettext_lazy("Send"), ""),
        "message": (forms.MessageForm, gettext_lazy("Write to us"), gettext_lazy("Send"), ""),
        "rate": (forms.RateForm, gettext_lazy("How did it go?"), gettext_lazy("Send"), ""),
        "appeal": (
            forms.AppealForm,
            gettext_lazy("Object to the answer"),
            gettext_lazy("Object"),
            gettext_lazy(
                "Another person, one level up, looks at your case anew. The time for the answer begins again."
            ),
        ),
        "withdraw": (
            forms.CheckForm,
            gettext_lazy("Withdraw your case"),
            gettext_lazy("Withdraw"),
            gettext_lazy("Nobody works on it any more. It is kept, and you may write to us anew at any time."),
        ),
    }

    def lead_elsewhere(self, request: HttpRequest) -> HttpResponse | None:
        self.verb = self.kwargs["verb"]
        if self.verb not in self.VERBS:
            raise Http404
        self.is_destructive = self.verb == "withdraw"
        if elsewhere := super().lead_elsewhere(request):
            return elsewhere
        if self.verb == "consent" and not isinstance(self.complaint, VaultCase):
            raise Http404
        return None

    def get_form_class(self) -> type[BaseForm]:
        return self.VERBS[self.verb][0]

    def get_title(self) -> str | Promise:
        return self.VERBS[self.verb][1]

    def get_question(self) -> str | Promise:
        return self.VERBS[self.verb][3]

    def get_cancel_url(self) -> str:
        return reverse("complaints:case")

    def get_initial(self) -> dict[str, Any]:
        if self.verb == "consent":
            return {"offer": self.offer.pk} if self.offer else {}
        return {"token": uuid.uuid4()} if self.verb == "message" else {}

    @property
    def offer(self) -> Any:
        """What the person is asked about a service, if anything."""
        if self.verb != "consent":
            return None
        return referrals.waiting_for_answer(self.complaint)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        getattr(self, f"_{self.verb}")(form.cleaned_data)
        return redirect("complaints:case")

    def _message(self, data: dict[str, Any]) -> None:
        files = [data["file"]] if data.get("file") else []
        if isinstance(self.complaint, VaultCase):
            holder.add_message(case=self.complaint, text=data["text"], token=data["token"], files=files)
        else:
            tracking.add_message(complaint=self.complaint, text=data["text"], token=data["token"], files=files)
        messages.success(self.request, _("Your message was sent to the officer in charge."))

    def _consent(self, data: dict[str, Any]) -> None:
        asked = self.complaint.referrals.filter(pk=data["offer"]).first()
        if asked is None:
            raise TransitionNotAllowed(_("This step is no longer possible: the record has changed in the meantime."))
        referrals.answer(referral=asked, agrees=data["agrees"], actor=None)
        messages.success(self.request, _("Thank you. We do only what you agreed to."))

    def _refuse_confidential(self) -> None:
        """Confidential cases are neither rated nor objected to: their holder writes, and a person answers."""
        if isinstance(self.complaint, VaultCase):
            raise TransitionNotAllowed(_("This step is no longer possible: the record has changed in the meantime."))

    def _rate(self, data: dict[str, Any]) -> None:
        self._refuse_confidential()
        waiting = self.complaint.surveys.filter(answered_at=None).order_by("-id").first()
        tracking.rate(
            complaint=self.complaint,
            moment=waiting.moment if waiting else Survey.Moment.CLOSING,
            score=data["score"],
            still_fixed=data["still_fixed"],
            comment=data["comment"],
        )
        messages.success(self.request, _("Thank you. What you say is read, and counted in the public figures."))

    def _appeal(self, data: dict[str, Any]) -> None:
        self._refuse_confidential()
        appeal_case(complaint=self.complaint, reason=data["reason"])
        messages.success(self.request, _("Your objection was received; another person looks at your case."))

    def _withdraw(self, data: dict[str, Any]) -> None:
        if isinstance(self.complaint, VaultCase):
            holder.withdraw(case=self.complaint)
        else:
            tracking.withdraw(complaint=self.complaint)
        messages.success(self.request, _("Your case is withdrawn."))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            submit_label=self.VERBS[self.verb][2], verb=self.verb, offer=self.offer, **kwargs
        )


class LostPinView(OpenPage, FormPageMixin, FormView):
    """Sends a word to the number given with the case. Says the same whether there was one or not."""

    form_class = forms.LostPinForm
    title = gettext_lazy("I have lost my PIN")
    lead = gettext_lazy("We send eight digits to the mobile number you gave us. With them you make a new PIN.")
    submit_label = gettext_lazy("Send the digits")

    def get_cancel_url(self) -> str:
        return reverse("complaints:track")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        tracking.ask_for_new_pin(
            code=form.cleaned_data["code"], phone=form.cleaned_data["phone"], address=address_of(self.request)
        )
        messages.info(
            self.request,
            _("If this number was given with this code, a message is on its way. It is good for half an hour."),
        )
        return redirect("complaints:new_pin")


class NewPinView(OpenPage, FormPageMixin, FormView):
    """Takes the word, gives the new PIN."""

    template_name = "complaints/new_pin.html"
    form_class = forms.NewPinForm
    title = gettext_lazy("A new PIN")
    submit_label = gettext_lazy("Make a new PIN")
    pin = ""

    def get_cancel_url(self) -> str:
        return reverse("complaints:track")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        pin = tracking.make_new_pin(
            code=form.cleaned_data["code"], word=form.cleaned_data["word"], address=address_of(self.request)
        )
        if pin is None:
            form.add_error(
                None, _("Code and digits do not fit together, or the half hour is over. Ask for new digits.")
            )
            return self.form_invalid(form)
        response = self.render_to_response(self.get_context_data(pin=pin, form=None))
        response.headers["Cache-Control"] = "no-store, private"
        return response
