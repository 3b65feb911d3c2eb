"""The letter about a check's decision: on a page, where a scanned code is checked, and as a PDF."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.crypto import constant_time_compare
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from beneficiaries.models import Membership
from beneficiaries.views.registration.receipt import pdf_response
from ministry import audit
from ministry.letters import typeset
from ministry.models import DisclosureEntry
from programs.eligibility.letter import Told, letter, seal_of, told
from programs.models import EligibilityDecision
from programs.views.runs import RunPageMixin

_LANGUAGES = ("ar", "en")


class LetterMixin(RunPageMixin):
    """A decision of a check, of a household the person may see."""

    permission_required = "programs.view_eligibilitydecision"
    http_method_names = ("get", "head", "options")
    title = gettext_lazy("Decision about your household")
    channel = DisclosureEntry.Channel.PAGE

    @cached_property
    def decision(self) -> EligibilityDecision:
        visible = EligibilityDecision.objects.filter(run=self.run).visible_to(self.request.user)
        return get_object_or_404(
            visible.select_related("household__area", "run__version__program"), household=self.kwargs["household"]
        )

    def told(self) -> Told:
        today = timezone.localdate()
        head = (
            Membership.objects.current()
            .filter(household=self.decision.household_id, relationship="head")
            .select_related("individual")
            .first()
        )
        return told(self.decision, head_name=head.individual.full_name if head else "", on_date=today)

    def disclose(self) -> None:
        audit.disclose(
            reader=self.request.user,
            subject=self.decision.household,
            fields=["eligibility"],
            purpose="decision letter",
            channel=self.channel,
        )

    def address(self, name: str) -> str:
        return reverse(f"programs:{name}", args=[self.program.code, self.run.pk, self.decision.household_id])


class LetterView(LetterMixin, TemplateView):
    """The letter on a page."""

    template_name = "programs/decision_letter.html"
    actions_template_name = "programs/_decision_letter_actions.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        seal = request.GET.get("seal", "")
        response = self.render_to_response(
            self.get_context_data(
                told=self.told(),
                scanned=bool(seal),
                is_genuine=constant_time_compare(seal, seal_of(self.decision)),
                file_url=self.address("decision_letter_file"),
            )
        )
        self.disclose()
        add_never_cache_headers(response)
        return response


class LetterFileView(LetterMixin):
    """The letter as a PDF, in Arabic unless English is asked for; printing it is written down."""

    channel = DisclosureEntry.Channel.LETTER

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        language = request.GET.get("language", "")
        with translation.override(language if language in _LANGUAGES else _LANGUAGES[0]):
            qr = request.build_absolute_uri(f"{self.address('decision_letter')}?seal={seal_of(self.decision)}")
            pdf = typeset(letter(self.told(), qr=qr))
        self.disclose()
        audit.record(
            actor=self.user,
            action="decision_letter.exported",
            target=self.decision.household,
            data={"run": self.run.pk, "decision": self.decision.decision, "language": language or "ar"},
        )
        return pdf_response(pdf, f"decision-{self.run.pk}-{self.decision.household.household_ref}.pdf")
