"""What can be done with a confidential case: each verb a page with its form."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from complaints.forms import vault as forms
from complaints.models import VaultCase
from complaints.services.vault import casework, referrals
from complaints.views.vault.mixins import VaultPageMixin
from complaints.workflows import VAULT
from ministry.models import User
from ministry.views.mixins import FormPageMixin

Text = str | Promise
Do = Callable[[VaultCase, User, dict[str, Any]], Any]


@dataclass(frozen=True)
class Verb:
    """A verb on the page of a case: its name in the workflow, its words, its form, what it does."""

    transition: str
    label: Text
    form: type[forms.VaultForm]
    do: Do
    done: Text
    question: Text = ""
    in_charge: bool = True
    is_offered: bool = True


def _say(verb: str) -> Do:
    return lambda case, actor, data: casework.write(
        case=case, verb=verb, text=data["text"], token=data["token"], actor=actor
    )


VERBS: dict[str, Verb] = {
    "take": Verb(
        "assign",
        gettext_lazy("Take it on"),
        forms.BareForm,
        lambda case, actor, data: casework.assign(case=case, officer=actor, actor=actor),
        gettext_lazy("The case is yours."),
        in_charge=False,
        is_offered=False,
    ),
    "reply": Verb(
        "reply",
        gettext_lazy("Write to the person"),
        forms.TextForm,
        _say("reply"),
        gettext_lazy("They read it with code and PIN."),
        gettext_lazy("No message is sent to any telephone: they read it when they look with code and PIN."),
    ),
    "assess": Verb(
        "assess",
        gettext_lazy("Risk and safety plan"),
        forms.RiskForm,
        lambda case, actor, data: casework.assess(case=case, actor=actor, **data),
        gettext_lazy("Risk and plan are written down."),
    ),
    "reveal": Verb(
        "reveal",
        gettext_lazy("How to reach the person"),
        forms.ReasonForm,
        lambda case, actor, data: casework.reveal(case=case, reason=data["reason"], actor=actor),
        "",
        gettext_lazy("That you looked, and why, is written down."),
    ),
    "refer": Verb(
        "refer",
        gettext_lazy("Ask to bring a service in"),
        forms.ReferForm,
        lambda case, actor, data: referrals.ask(case=case, actor=actor, **data),
        gettext_lazy("The person is asked when they look with code and PIN."),
        gettext_lazy("Nothing is told to anybody before the person has agreed, for this service and these items."),
    ),
    "consent": Verb(
        "consent",
        gettext_lazy("Write down what the person said to a referral"),
        forms.ConsentForm,
        lambda case, actor, data: referrals.answer(referral=data["referral"], agrees=data["agrees"], actor=actor),
        gettext_lazy("The answer is written down."),
        gettext_lazy("For an answer given to you by word of mouth."),
    ),
    "send": Verb(
        "send",
        gettext_lazy("The service was told"),
        forms.SendForm,
        lambda case, actor, data: referrals.send(referral=data["referral"], actor=actor),
        gettext_lazy("The referral is written down as made."),
        gettext_lazy(
            "Tell them by telephone or in person, and only what the person agreed to. The portal sends nothing."
        ),
    ),
    "report": Verb(
        "report",
        gettext_lazy("What the service did"),
        forms.ReportForm,
        lambda case, actor, data: referrals.report(actor=actor, **data),
        gettext_lazy("It is written down."),
    ),
    "note": Verb(
        "note",
        gettext_lazy("Note among officers"),
        forms.TextForm,
        _say("note"),
        gettext_lazy("The note is kept."),
        gettext_lazy("The person never sees it."),
        in_charge=False,
    ),
    "name": Verb(
        "name",
        gettext_lazy("Whom the case names"),
        forms.AccusedForm,
        lambda case, actor, data: casework.name_accused(case=case, actor=actor, **data),
        gettext_lazy("It is written down."),
        in_charge=False,
    ),
    "admit": Verb(
        "admit",
        gettext_lazy("Let a file in that was not scanned"),
        forms.AdmitForm,
        lambda case, actor, data: casework.admit_file(file=data["file"], reason=data["reason"], actor=actor),
        gettext_lazy("The file can be opened; your name stands beside it."),
    ),
    "assign": Verb(
        "assign",
        gettext_lazy("Give it to another officer"),
        forms.OfficerForm,
        lambda case, actor, data: casework.assign(case=case, officer=data["officer"], actor=actor),
        gettext_lazy("The case was given to another officer."),
        in_charge=False,
    ),
    "propose": Verb(
        "propose",
        gettext_lazy("Propose to close it"),
        forms.ClosingForm,
        lambda case, actor, data: casework.propose_closing(case=case, actor=actor, **data),
        gettext_lazy("Somebody else takes the second look."),
    ),
    "confirm": Verb(
        "confirm",
        gettext_lazy("Second look: close it"),
        forms.LastWordForm,
        lambda case, actor, data: casework.confirm_closing(case=case, actor=actor, answer=data["answer"]),
        gettext_lazy("The case is closed."),
        gettext_lazy("You have read the case and agree that it can be closed."),
        in_charge=False,
    ),
    "send_back": Verb(
        "send_back",
        gettext_lazy("Second look: it stays open"),
        forms.ReasonForm,
        lambda case, actor, data: casework.send_back(case=case, actor=actor, reason=data["reason"]),
        gettext_lazy("The case is with its officer again."),
        in_charge=False,
    ),
}


class VaultVerbView(VaultPageMixin, FormPageMixin, FormView):
    """One verb: asks what it needs, then does it."""

    template_name = "complaints/vault/verb.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if kwargs["verb"] not in VERBS:
            raise Http404
        self.verb = VERBS[kwargs["verb"]]
        self.permission_required = VAULT.permission_of(self.verb.transition)

    def has_permission(self) -> bool:
        return self.request.user.has_perm(self.permission_required) and self.request.user.has_perm(
            self.permission_required, self.case.area
        )

    def get_title(self) -> Text:
        return self.verb.label

    def get_crumbs(self) -> list[tuple[Text, str]]:
        case = self.case
        return [
            (gettext_lazy("Confidential cases"), reverse("complaints:vault")),
            (case.about, case.get_absolute_url()),
            (self.verb.label, ""),
        ]

    def get_cancel_url(self) -> str:
        return self.case.get_absolute_url()

    def get_initial(self) -> dict[str, Any]:
        known = {"risk": self.case.risk, "plan": self.case.plan} if self.verb.form is forms.RiskForm else {}
        return {"token": uuid.uuid4()} | known

    def get_form(self, form_class: Any = None) -> BaseForm:
        return self.verb.form(case=self.case, actor=self.request.user, **self.get_form_kwargs())

    def form_valid(self, form: BaseForm) -> HttpResponse:
        result = self.verb.do(self.case, self.request.user, form.cleaned_data)
        if self.kwargs["verb"] == "reveal":
            # Shown once, on the answer itself: never in an address, and nowhere kept.
            return self.render_to_response(self.get_context_data(form=form, reach=_in_words(result)))
        messages.success(self.request, str(self.verb.done))
        visible = VaultCase.objects.visible_to(self.request.user).filter(pk=self.case.pk)
        return redirect(self.case.get_absolute_url() if visible.exists() else reverse("complaints:vault"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            question=self.verb.question, submit_label=self.verb.label, case=self.case, **kwargs
        )


def _in_words(reach: dict[str, Any]) -> list[tuple[str, str]]:
    """Return how to reach somebody, as rows; one that says so where they told nothing."""
    labels = {
        "name": _("Name"),
        "phone": _("Mobile number"),
        "safe": _("When and how it is safe"),
        "national_id": _("National number"),
        "helper_name": _("Somebody who speaks for them"),
        "helper_phone": _("Their number"),
        "relation": _("What they are to them"),
    }
    rows = [(label, str(reach[name])) for name, label in labels.items() if reach.get(name)]
    return rows or [(_("Name"), _("They did not say who they are. Write to them; they read it with code and PIN."))]
