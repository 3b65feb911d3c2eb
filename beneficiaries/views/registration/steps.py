"""What is done with a registration as a whole: people removed, papers added, checked, submitted, given up, reviewed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from beneficiaries.forms import RegistrationDocumentForm, RegistrationNoteForm
from beneficiaries.models import Household, Membership, RegistrationPerson
from beneficiaries.registration.file import Person
from beneficiaries.registration.sections import DOCUMENTS, MEMBERS
from beneficiaries.services import registrations as services
from beneficiaries.views.registration.base import (
    RegistrationMixin,
    RegistrationPage,
    answers_by_section,
    section_url,
    token_of,
)
from ministry.exceptions import DomainError
from ministry.text import clean
from ministry.views.mixins import ConfirmPageMixin, DomainErrorMixin

NOTE = "note-"
MOVE = "move-"


class PersonRemoveView(RegistrationMixin, DomainErrorMixin, ConfirmPageMixin, FormView):
    """Names the person before they are taken out of the registration."""

    permission_required = "beneficiaries.add_registration"
    form_class = forms.Form
    title = gettext_lazy("Remove a person")
    submit_label = gettext_lazy("Remove this person")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.person()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.person()
        return super().post(request, *args, **kwargs)

    def person(self) -> Person:
        person = self.file.person(token_of(self.kwargs["token"]))
        if person is None:
            raise Http404
        return person

    def get_question(self) -> str:
        return _("{name} will not be registered with this household. What you typed about them is gone.").format(
            name=self.person().name
        )

    def get_cancel_url(self) -> str:
        return section_url(self.registration, MEMBERS)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        services.remove_person(registration=self.registration, token=self.person().row.token, actor=self.request.user)
        return redirect(section_url(self.registration, MEMBERS))


class DocumentAddView(RegistrationMixin, FormView):
    """Takes in a picture or PDF."""

    permission_required = "beneficiaries.add_registration"
    template_name = "components/form_page.html"
    form_class = RegistrationDocumentForm
    title = gettext_lazy("Add a document")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect(section_url(self.registration, DOCUMENTS))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.registration  # noqa: B018 - what lies outside is 404, whatever was sent
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            document = services.add_document(
                registration=self.registration, upload=form.cleaned_data["file"], actor=self.request.user
            )
        except DomainError as error:
            form.add_error("file", error.message)
            return self.form_invalid(form)
        messages.success(self.request, _("{name} is kept with this registration.").format(name=document.filename))
        return redirect(section_url(self.registration, DOCUMENTS))

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            submit_label=_("Add"), cancel_url=section_url(self.registration, DOCUMENTS), **kwargs
        )


class RegistrationCheckView(DomainErrorMixin, RegistrationPage):
    """All answers once more, each with the way back to it; from here the registration is handed in."""

    template_name = "beneficiaries/registration/check.html"
    title = gettext_lazy("Check the answers")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.answer(
            self.get_context_data(
                sections=answers_by_section(self.file),
                is_complete=self.file.is_complete,
                may_edit="save" in self.verbs(),
                may_submit="submit" in self.verbs(),
            )
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        registration = services.submit_registration(registration=self.registration, actor=self.user)
        messages.success(
            request,
            _("Registration {reference} is handed in. Give the receipt to the household.").format(
                reference=registration.reference
            ),
        )
        return redirect("beneficiaries:registration_receipt", registration.reference)


class RegistrationDiscardView(RegistrationMixin, ConfirmPageMixin, FormView):
    """Gives a draft up."""

    permission_required = "beneficiaries.add_registration"
    form_class = RegistrationNoteForm
    title = gettext_lazy("Discard this registration")
    question = gettext_lazy("Everything that was typed is deleted. This cannot be undone.")
    submit_label = gettext_lazy("Discard it")

    def get_cancel_url(self) -> str:
        return self.registration.get_absolute_url()

    def form_valid(self, form: forms.Form) -> HttpResponse:
        services.discard_registration(
            registration=self.registration, actor=self.request.user, note=form.cleaned_data["note"]
        )
        messages.success(
            self.request,
            _("Registration {reference} is discarded.").format(reference=self.registration.reference),
        )
        return redirect("beneficiaries:registration_list")


class RegistrationReviewView(DomainErrorMixin, RegistrationPage):
    """The second person reads all answers, then verifies or sends back with notes."""

    permission_required = "beneficiaries.verify_registration"
    template_name = "beneficiaries/registration/review.html"
    title = gettext_lazy("Review the registration")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        sections = answers_by_section(self.file)
        for one in sections:
            one["input"] = f"{NOTE}{one['section'].code}"
            # What was typed before a refusal stays.
            one["typed_note"] = request.POST.get(one["input"], "")
        return self.answer(
            self.get_context_data(
                sections=sections,
                moves=self.moves(),
                may_decide="verify" in self.verbs() and self.registration.submitted_by_id != request.user.pk,
                is_own=self.registration.submitted_by_id == request.user.pk,
            )
        )

    def moves(self) -> list[dict[str, Any]]:
        """Return the people who live in another household, with that household."""
        waiting = [person for person in self.file.people if person.row.move == RegistrationPerson.Move.WAITING]
        homes: dict[int | None, Household] = {
            membership.individual_id: membership.household
            for membership in Membership.objects.current()
            .filter(individual__in=[person.row.individual_id for person in waiting])
            .select_related("household__area")
        }
        return [
            {
                "person": person,
                "name": f"{MOVE}{person.number}",
                "home": homes.get(person.row.individual_id),
                "decision": self.request.POST.get(f"{MOVE}{person.number}", ""),
            }
            for person in waiting
        ]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("verb") == "send_back":
            notes = {
                name.removeprefix(NOTE): clean(request.POST.get(name, ""))[:1000]
                for name in request.POST
                if name.startswith(NOTE)
            }
            services.return_registration(registration=self.registration, actor=self.user, notes=notes)
            messages.success(request, _("The registration is sent back to its caseworker."))
        else:
            moves = {person.number: request.POST.get(f"{MOVE}{person.number}", "") for person in self.file.people}
            services.verify_registration(registration=self.registration, actor=self.user, moves=moves)
            messages.success(request, _("The registration is verified."))
        return redirect("beneficiaries:registration_detail", self.registration.reference)


def receipt_url(reference: str) -> str:
    """Return the page of a registration's receipt."""
    return reverse("beneficiaries:registration_receipt", args=[reference])
