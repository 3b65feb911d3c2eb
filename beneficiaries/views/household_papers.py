"""What belongs to a household's file and is asked for at the counter: consents, who looked at it, papers, print."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import add_never_cache_headers
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView

from beneficiaries.forms import ConsentRecordForm, ConsentWithdrawalForm, RegistrationDocumentForm
from beneficiaries.models import Consent, Household
from beneficiaries.queries.disclosures import LIMIT, readings_of
from beneficiaries.queries.households import HouseholdFile
from beneficiaries.services import consents as services
from beneficiaries.views.households import HouseholdListView
from beneficiaries.views.registration.receipt import pdf_response
from ministry import audit, formats
from ministry.exceptions import DomainError
from ministry.letters import Letter, Table, typeset
from ministry.models import DisclosureEntry
from ministry.views.mixins import ConfirmPageMixin, FormPageMixin, StaffPageMixin


class HouseholdPaperMixin(StaffPageMixin):
    """A page about one household among those the person may see; `verb_permission` is asked in its area."""

    permission_required = "beneficiaries.view_household"
    verb_permission = ""

    @cached_property
    def household(self) -> Household:
        visible = Household.objects.visible_to(self.request.user).select_related("area")
        household = get_object_or_404(visible, household_ref=self.kwargs["household_ref"])
        if self.verb_permission and not self.request.user.has_perm(self.verb_permission, household.area):
            raise PermissionDenied
        return household

    def get_crumbs(self) -> list[tuple[Any, str]]:
        listing = HouseholdListView()
        listing.setup(self.request)
        return [
            *listing.get_crumbs(),
            (self.household.household_ref, self.household.get_absolute_url()),
            (self.get_title(), ""),
        ]

    def get_cancel_url(self) -> str:
        return self.household.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(household=self.household, **kwargs)


class _FormPage(HouseholdPaperMixin, FormPageMixin, FormView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.household  # noqa: B018 - what lies outside is 404, whatever was sent
        return super().post(request, *args, **kwargs)


class ConsentRecordView(_FormPage):
    """Records what a household agrees to."""

    permission_required = verb_permission = "beneficiaries.add_consent"
    form_class = ConsentRecordForm
    title = gettext_lazy("Record a consent")
    submit_label = gettext_lazy("Record the consent")

    def form_valid(self, form: forms.Form) -> HttpResponse:
        services.record_consent(household=self.household, actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("The consent is recorded."))
        return redirect(f"{self.household.get_absolute_url()}#consents")


class ConsentWithdrawView(HouseholdPaperMixin, ConfirmPageMixin, FormView):
    """Says what a withdrawal brings about, then records it."""

    permission_required = verb_permission = "beneficiaries.withdraw_consent"
    form_class = ConsentWithdrawalForm
    title = gettext_lazy("Withdraw a consent")
    submit_label = gettext_lazy("Record the withdrawal")

    @cached_property
    def consent(self) -> Consent:
        return get_object_or_404(self.household.consents.all(), pk=self.kwargs["pk"])

    def get_question(self) -> str:
        return _("“{purpose}” is withdrawn. {effect}").format(
            purpose=self.consent.get_purpose_display(), effect=services.EFFECTS[self.consent.purpose]
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.consent  # noqa: B018 - what lies outside is 404, whatever was sent
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        services.withdraw_consent(consent=self.consent, actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("The withdrawal is recorded."))
        return redirect(f"{self.household.get_absolute_url()}#consents")


class HouseholdDocumentAddView(_FormPage):
    """Adds a paper to the household's file."""

    permission_required = verb_permission = "beneficiaries.add_registration"
    form_class = RegistrationDocumentForm
    title = gettext_lazy("Add a document")
    submit_label = gettext_lazy("Add")

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            document = services.add_household_document(
                household=self.household, upload=form.cleaned_data["file"], actor=self.request.user
            )
        except DomainError as error:
            form.add_error("file", error.message)
            return self.form_invalid(form)
        messages.success(self.request, _("{name} is kept with this file.").format(name=document.filename))
        return redirect(f"{self.household.get_absolute_url()}#documents")


class DisclosureExtractView(HouseholdPaperMixin, TemplateView):
    """Who looked at the file, for a member who asks at the counter; asking is itself logged."""

    template_name = "beneficiaries/disclosure_extract.html"
    title = gettext_lazy("Who looked at this file")
    channel = DisclosureEntry.Channel.PAGE

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = self.answer()
        # After the answer is made, so that an extract does not tell of itself, and the next one does.
        audit.disclose(
            reader=self.user,
            subject=self.household,
            fields=["disclosures"],
            purpose="extract for the household",
            channel=self.channel,
        )
        return response

    def answer(self) -> HttpResponse:
        readings, total = readings_of(self.household)
        response = self.render_to_response(
            self.get_context_data(readings=readings, total=total, shown=min(total, LIMIT))
        )
        add_never_cache_headers(response)
        return response


class DisclosureExtractFileView(DisclosureExtractView):
    """The same as a PDF."""

    channel = DisclosureEntry.Channel.LETTER

    def answer(self) -> HttpResponse:
        readings, total = readings_of(self.household)
        file = HouseholdFile(self.household, self.request.user)
        pdf = typeset(
            Letter(
                title=self.title,
                reference=self.household.household_ref,
                paragraphs=[
                    _("This is an extract of the portal's log of readings. It cannot be changed by those it tells of."),
                ],
                rows=[
                    (_("File number"), formats.isolated(self.household.household_ref)),
                    (_("Head of household"), file.head.full_name if file.head else ""),
                    (_("Entries shown"), _("{shown} of {total}").format(
                        shown=formats.number(len(readings)), total=formats.number(total)
                    )),
                ],
                table=Table(
                    [_("When"), _("Who"), _("What"), _("What for")],
                    [[formats.moment(one.at), one.reader, one.what, one.why] for one in readings],
                ),
                signatures=(_("Caseworker"), _("For the household")),
            )
        )  # fmt: skip
        return pdf_response(pdf, "extract.pdf")


class HouseholdPrintView(HouseholdPaperMixin, TemplateView):
    """The file on paper: who lives there, the home, what was agreed. Logged every time."""

    template_name = "beneficiaries/household_print.html"

    def get_title(self) -> str:
        return self.file.head.full_name if self.file.head else self.household.household_ref

    @cached_property
    def file(self) -> HouseholdFile:
        return HouseholdFile(self.household, self.request.user)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = self.render_to_response(
            self.get_context_data(file=self.file, consents=self.household.consents.all())
        )
        audit.disclose(reader=self.user, subject=self.household, fields=["print"], purpose="household file")
        add_never_cache_headers(response)
        return response
