"""The receipt of a registration: page and PDF, with a code that proves it genuine."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.models import Registration
from beneficiaries.views.registration.base import RegistrationMixin, RegistrationPage
from ministry import audit, formats
from ministry.certain import certain
from ministry.letters import Letter, typeset
from ministry.models import DisclosureEntry

_SALT = "beneficiaries.registration.receipt"


def seal_of(registration: Registration) -> str:
    """Return the figures that only this portal can print on this receipt."""
    return salted_hmac(_SALT, registration.reference, algorithm="sha256").hexdigest()[:12]


class ReceiptMixin(RegistrationMixin):
    """A registration that was handed in at least once."""

    def handed_in(self) -> Registration:
        if self.registration.household is None:
            raise Http404
        return self.registration

    def rows(self) -> list[tuple[Any, Any]]:
        registration = self.handed_in()
        head = self.file.head
        return [
            (_("Reference"), formats.isolated(registration.reference)),
            (_("Head of household"), head.name if head else ""),
            (_("People registered"), formats.number(len(self.file.people))),
            (_("Area"), registration.area.name),
            (_("Submitted on"), formats.moment(registration.submitted_at)),
            (_("Taken down by"), str(registration.submitted_by)),
            (_("State"), registration.get_status_display()),
        ]

    def paragraphs(self) -> list[str]:
        return [
            _("This confirms that the household's data were taken down. It is not yet a decision on any support."),
            _(
                "A second person checks the answers. Keep this paper: with its reference you can ask about your"
                " registration, correct your data, or take your consent back at any social unit."
            ),
        ]


class ReceiptView(ReceiptMixin, RegistrationPage):
    """The receipt on a page, for those who print from the browser; a scanned code is checked here."""

    template_name = "beneficiaries/registration/receipt.html"
    title = gettext_lazy("Receipt of the registration")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        registration = self.handed_in()
        seal = request.GET.get("seal", "")
        return self.answer(
            self.get_context_data(
                rows=self.rows(),
                paragraphs=self.paragraphs(),
                scanned=bool(seal),
                is_genuine=constant_time_compare(seal, seal_of(registration)),
            )
        )


class ReceiptFileView(ReceiptMixin):
    """The receipt as a PDF."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        registration = self.handed_in()
        page = reverse("beneficiaries:registration_receipt", args=[registration.reference])
        pdf = typeset(
            Letter(
                title=_("Receipt of the registration"),
                reference=registration.reference,
                rows=self.rows(),
                paragraphs=self.paragraphs(),
                qr=request.build_absolute_uri(f"{page}?seal={seal_of(registration)}"),
                qr_note=_("Staff of the ministry scan this code to see that the receipt is genuine."),
                signatures=(_("Caseworker"), _("For the household")),
            )
        )
        audit.disclose(
            reader=self.user,
            subject=certain(registration.household),
            fields=["receipt"],
            purpose="receipt",
            channel=DisclosureEntry.Channel.LETTER,
        )
        return pdf_response(pdf, f"{registration.reference}.pdf")


def pdf_response(pdf: bytes, filename: str) -> HttpResponse:
    """Return a PDF to be saved, kept out of every cache."""
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{filename}"',
            "Cache-Control": "no-store, private",
            "X-Content-Type-Options": "nosniff",
        },
    )
