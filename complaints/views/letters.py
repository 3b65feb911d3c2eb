"""The answer as a PDF: for the office, and for whoever holds code and PIN."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.views.generic import View

from beneficiaries.views.registration.receipt import pdf_response
from complaints.models import Complaint
from complaints.queries.letter import answer_letter
from complaints.services.answers import appeal_until
from complaints.views.desk import CaseMixin
from complaints.views.tracking import OwnCaseMixin
from ministry import audit
from ministry.letters import typeset
from ministry.models import DisclosureEntry

_LANGUAGES = ("ar", "en")


def _pdf(request: HttpRequest, complaint: Complaint) -> HttpResponse:
    """Return the letter in the language asked for, else in that of the case."""
    language = request.GET.get("language", "")
    with translation.override(language if language in _LANGUAGES else complaint.language):
        track_url = request.build_absolute_uri(reverse("complaints:track"))
        until = appeal_until(complaint) if complaint.closed_at else None
        pdf = typeset(answer_letter(complaint, appeal_until=until, track_url=track_url))
    return pdf_response(pdf, f"answer-{complaint.code}.pdf")


class AnswerLetterView(CaseMixin, View):
    """For the office, to hand over or send; printing it is written down."""

    permission_required = "complaints.handle_complaint"
    http_method_names = ("get", "head", "options")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = _pdf(request, self.complaint)
        audit.disclose(
            reader=self.request.user,
            subject=self.complaint,
            fields=["name"],
            purpose="answer letter",
            channel=DisclosureEntry.Channel.LETTER,
        )
        audit.record(actor=self.request.user, action="complaint_letter.exported", target=self.complaint)
        return response


class OwnLetterView(OwnCaseMixin, View):
    """For the complainant, in the visit that was opened by code and PIN."""

    http_method_names = ("get", "head", "options")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # SECURITY: of a confidential case nothing is printed that could be found.
        if not isinstance(self.complaint, Complaint):
            raise Http404
        return _pdf(request, self.complaint)
