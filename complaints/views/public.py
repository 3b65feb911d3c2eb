"""The public's pages: help first, one question after the other, the receipt."""

import uuid
from collections.abc import Sequence
from typing import Any, cast

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.db.models import Q
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView, View

from complaints.forms import intake as forms
from complaints.models import Category, Complaint, HelpArticle, IntakeDraft, Kind
from complaints.secrets import first_pin, pin_mark, same
from complaints.services import drafts
from complaints.services.intake import find_sent
from ministry import formats
from ministry.models import Area
from ministry.views.mixins import DomainErrorMixin, FormPageMixin, PageMixin
from programs.models import Program

# Names under which a visit remembers its draft, and what it has just sent.
DRAFT, DONE = "complaint_draft", "complaint_sent"
Text = str | Promise


def address_of(request: HttpRequest) -> str:
    """Return the sender's address, for counting only."""
    return get_adapter(request).get_client_ip(request)


class OpenPage:
    """A page for everybody that is read and sent, and nothing else."""

    kwargs: dict[str, Any]

    http_method_names: Sequence[str] = ("get", "post", "head", "options")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in {"GET", "HEAD", "POST"} and (elsewhere := self.lead_elsewhere(request)):
            return elsewhere
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def lead_elsewhere(self, request: HttpRequest) -> HttpResponse | None:
        """Return where a visit has to go first, if anywhere."""
        return None


class ComplaintsView(PageMixin, TemplateView):
    """Where people begin: write, follow, or find the answer at once."""

    template_name = "complaints/public.html"
    title = gettext_lazy("Complaints, questions and suggestions")
    lead = gettext_lazy("No account, no fee. You are given a code, and the day by which we answer.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        query = " ".join(self.request.GET.get("q", "").replace("\0", "").split())[:100]
        articles = HelpArticle.objects.filter(is_active=True)
        for word in query.split()[:6]:
            articles = articles.filter(
                Q(name_ar__icontains=word)
                | Q(name_en__icontains=word)
                | Q(text_ar__icontains=word)
                | Q(text_en__icontains=word)
            )
        return super().get_context_data(articles=articles, query=query, **kwargs)


class IntakeStepView(OpenPage, FormPageMixin, FormView):
    """One question. What was answered is kept on the server, sealed; going back loses nothing."""

    template_name = "complaints/intake_step.html"
    submit_label = gettext_lazy("Continue")
    FORMS: dict[str, tuple[type[forms.StepForm], Text]] = {
        "kind": (forms.KindForm, gettext_lazy("What would you like to tell us?")),
        "category": (forms.CategoryForm, gettext_lazy("What is it about?")),
        "program": (forms.ProgramForm, gettext_lazy("Which programme is it about?")),
        "place": (forms.PlaceForm, gettext_lazy("Where is this?")),
        "story": (forms.StoryForm, gettext_lazy("What happened?")),
        "files": (forms.FileForm, gettext_lazy("Do you have a picture or a paper?")),
        "privacy": (forms.PrivacyForm, gettext_lazy("Who may know that it was you?")),
        "contact": (forms.ContactForm, gettext_lazy("How do we reach you?")),
    }

    def lead_elsewhere(self, request: HttpRequest) -> HttpResponse | None:
        self.step = self.kwargs.get("step", "kind")
        if self.step not in self.FORMS:
            raise Http404
        self.draft = drafts.find(request.session.get(DRAFT))
        self.answers = drafts.answers_of(self.draft)
        # Whoever comes in by a later page is led to the first question that is open; nothing sent is thrown away.
        if request.method in {"GET", "HEAD"} and self.step in (steps := steps_of(self.answers)):
            missing = next((one for one in steps[: steps.index(self.step)] if not is_answered(one, self.answers)), None)
            if missing:
                return redirect(address_of_step(missing))
        return None

    def get_form_class(self) -> type[forms.StepForm]:
        return self.FORMS[self.step][0]

    def get_title(self) -> Text:
        return self.FORMS[self.step][1]

    def get_initial(self) -> dict[str, Any]:
        return {name: value for name, value in self.answers.items() if name != "website"}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"answers": self.answers}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        self.draft = drafts.keep(self.draft, cast(forms.StepForm, form).kept())
        self.request.session[DRAFT] = str(self.draft.pk)
        self.request.session.pop(DONE, None)
        if self.step == "files" and (upload := form.cleaned_data.get("file")):
            drafts.add_file(self.draft, upload, address=address_of(self.request))
            if "another" in self.request.POST:
                return redirect(address_of_step("files"))
        answers = drafts.answers_of(self.draft)
        steps = steps_of(answers)
        # After a change everything else is answered already: back to the check page.
        following = next((one for one in steps if not is_answered(one, answers)), None)
        return redirect(address_of_step(following) if following else reverse("complaints:intake_check"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        steps = steps_of(self.answers)
        number = steps.index(self.step) + 1 if self.step in steps else 1
        back = address_of_step(steps[number - 2]) if number > 1 else reverse("complaints:public")
        category = self.answers.get("category")
        return super().get_context_data(
            step=self.step,
            number=number,
            total=len(steps),
            back_url=back,
            files=self.draft.files.all() if self.draft and self.step == "files" else (),
            # Offered beside the question, never in its way.
            articles=(
                HelpArticle.objects.filter(category__code=category, is_active=True)[:3]
                if self.step == "story" and category
                else ()
            ),
            **kwargs,
        )


def steps_of(answers: dict[str, Any]) -> list[str]:
    """Return the questions this person is asked, by what they have answered so far."""
    category = Category.objects.filter(code=answers.get("category", "")).first()
    steps = ["kind", "category"]
    if category is not None and category.asks_program:
        steps.append("program")
    steps += ["place", "story", "files", "privacy"]
    if answers.get("privacy") != Complaint.Privacy.ANONYMOUS:
        steps.append("contact")
    return steps


def is_answered(step: str, answers: dict[str, Any]) -> bool:
    return {"files": "files_seen", "contact": "name"}.get(step, step) in answers


def address_of_step(step: str) -> str:
    return reverse("complaints:intake_start") if step == "kind" else reverse("complaints:intake_step", args=[step])


class DraftFileRemoveView(View):
    """Takes a file away again before it is sent."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        draft = drafts.find(request.session.get(DRAFT))
        if draft is None or not draft.files.filter(pk=pk).delete()[0]:
            raise Http404
        return redirect(address_of_step("files"))


class IntakeCheckView(OpenPage, FormPageMixin, DomainErrorMixin, FormView):
    """Everything on one page before it is sent, each line with its way back."""

    template_name = "complaints/intake_check.html"
    form_class = forms.CheckForm
    title = gettext_lazy("Check what you have written")
    submit_label = gettext_lazy("Send")

    def lead_elsewhere(self, request: HttpRequest) -> HttpResponse | None:
        self.draft = drafts.find(request.session.get(DRAFT))
        if self.draft is None:
            # Pressed twice, or come back: what was sent is sent.
            sent = request.session.get(DONE) or request.session.get(DRAFT)
            if sent and find_sent(sent):
                request.session[DONE] = sent
                return redirect("complaints:intake_done")
            return redirect("complaints:intake_start")
        self.answers = drafts.answers_of(self.draft)
        missing = next((one for one in steps_of(self.answers) if not is_answered(one, self.answers)), None)
        if missing:
            return redirect(address_of_step(missing))
        return None

    def form_valid(self, form: BaseForm) -> HttpResponse:
        token = cast(IntakeDraft, self.draft).pk
        if drafts.send(token, language=(get_language() or "ar")[:2], address=address_of(self.request)) is None:
            return redirect("complaints:intake_start")
        self.request.session[DONE] = str(token)
        self.request.session.pop(DRAFT, None)
        return redirect("complaints:intake_done")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            rows=[(label, value, address_of_step(step)) for step, label, value in _told(self.draft, self.answers)],
            **kwargs,
        )


def _told(draft: IntakeDraft | None, answers: dict[str, Any]) -> list[tuple[str, Text, Any]]:
    """Return what was answered: step, question, answer in words."""
    category = Category.objects.filter(code=answers["category"]).first()
    area = Area.objects.filter(pk=answers["place"]).select_related("parent").first()
    rows: list[tuple[str, Text, Any]] = [
        ("kind", _("What it is"), Kind(answers["kind"]).label),
        ("category", _("About"), category),
    ]
    if category and category.asks_program:
        program = Program.objects.filter(code=answers.get("program") or "-").first()
        rows.append(("program", _("Programme"), program or _("I do not know, or none of them")))
    rows += [
        ("place", _("Place"), area),
        ("story", _("What happened"), answers["story"]),
        ("files", _("Files"), ", ".join(file.name for file in draft.files.all()) if draft else ""),
        ("privacy", _("Who may know"), Complaint.Privacy(answers["privacy"]).label),
    ]
    if answers["privacy"] != Complaint.Privacy.ANONYMOUS:
        contact = [formats.isolated(answers[one]) for one in ("name", "helper_name") if answers.get(one)]
        if answers.get("phone"):
            contact.append(formats.isolated_ltr(answers["phone"]))
        if answers.get("safe_contact"):
            contact.append(answers["safe_contact"])
        rows.append(("contact", _("Contact"), format_html_join(" · ", "{}", ((one,) for one in contact))))
    return rows


class IntakeDoneView(PageMixin, TemplateView):
    """The receipt: code, PIN, the day of the answer. Shown to the visit that sent it; to be printed or written down."""

    template_name = "complaints/intake_done.html"
    title = gettext_lazy("We have your message")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.token = request.session.get(DONE)
        self.complaint = find_sent(self.token) if self.token else None
        if self.complaint is None:
            return redirect("complaints:public")
        response = super().get(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store, private"
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        complaint = cast(Complaint, self.complaint)
        pin = first_pin(uuid.UUID(self.token))
        # A PIN that was changed since is nobody's to show.
        is_good = same(complaint.pin_mark, pin_mark(complaint.code, pin))
        return super().get_context_data(complaint=complaint, pin=pin if is_good else "", **kwargs)


class LeaveView(View):
    """Leaves at once for a page nobody wonders about; nothing of the visit stays."""

    def get(self, request: HttpRequest) -> HttpResponse:
        draft = drafts.find(request.session.get(DRAFT))
        if draft is not None:
            draft.delete()
        for name in (DRAFT, DONE, "complaint_seen", "complaint_slip"):
            request.session.pop(name, None)
        response = redirect(settings.QUICK_EXIT_URL)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        response.headers["Cache-Control"] = "no-store, private"
        return response
