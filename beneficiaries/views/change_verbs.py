"""What is done with a change request from its page: papers, submission, approval, refusal, withdrawal."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView

from beneficiaries.forms import ChangePaperForm, ChangeReasonForm, ChangeWithdrawalForm
from beneficiaries.models import ChangeRequest
from beneficiaries.services import change_requests as services
from beneficiaries.views.changes import ADD, ChangeDetailView, OfRequest, Status
from beneficiaries.workflows import CHANGE_REQUEST
from ministry.views.mixins import ConfirmPageMixin, FormPageMixin


class ChangePaperView(ChangeDetailView):
    """Takes in a paper for one's own draft; the page is drawn again where the file is refused."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        if self.object.requested_by_id != request.user.pk:
            raise PermissionDenied
        form = ChangePaperForm(
            request.POST, request.FILES, request=self.object, missing=services.missing_papers(self.object)
        )
        if not form.is_valid():
            self.paper_form = form
            response = super().get(request, *args, **kwargs)
            response.status_code = 422
            return response
        services.attach_evidence(
            request=self.object,
            kind=form.cleaned_data["kind"],
            upload=form.cleaned_data["paper"],
            actor=self.request.user,
        )
        return redirect(f"{self.object.get_absolute_url()}#papers")


class ChangePaperRemoveView(ChangeDetailView):
    """Takes a paper out of one's own draft."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        get_object_or_404(self.get_object().evidence, pk=kwargs["paper"])
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        paper = get_object_or_404(self.object.evidence.select_related("request__household"), pk=kwargs["paper"])
        services.detach_evidence(evidence=paper, actor=self.request.user)
        return redirect(f"{self.object.get_absolute_url()}#papers")


class ChangeSubmitView(ChangeDetailView):
    """Hands one's own draft to the second person."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        change = services.submit_change_request(request=self.get_object(), actor=self.request.user)
        messages.success(
            request, _("Request {number} is submitted. It can no longer be edited.").format(number=change.pk)
        )
        return redirect(change)


class ChangeApproveView(ChangeDetailView):
    """Agrees to a request; it is applied at once or on its day."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        change = services.approve_change_request(request=self.get_object(), actor=self.request.user)
        if change.status == Status.APPLIED:
            text = _("Approved: the change now stands in the file of household {reference}.")
        else:
            text = _("Approved: the change will be written into the file of household {reference} on its day.")
        messages.success(request, text.format(reference=change.household.household_ref))
        return redirect(change)


class _VerbPage(OfRequest, DetailView):
    """A page of its own for a verb, shown only to those who may do it."""

    verb: str

    def get_object(self, queryset: QuerySet | None = None) -> ChangeRequest:
        change = super().get_object(queryset)
        is_owners = CHANGE_REQUEST.permission_of(self.verb) == ADD
        if is_owners != (change.requested_by_id == self.request.user.pk):
            raise PermissionDenied
        if self.request.method == "GET" and self.verb not in services.verbs_open_to(
            request=change, actor=self.request.user
        ):
            raise PermissionDenied
        return change

    def get_cancel_url(self) -> str:
        return self.object.get_absolute_url()


class ChangeRefuseView(_VerbPage, FormPageMixin):
    """Refuses a request with a reason, which the household is told."""

    permission_required = "beneficiaries.approve_changerequest"
    template_name = "components/form_page.html"
    verb = "refuse"
    form_class = ChangeReasonForm
    title = gettext_lazy("Refuse the change")
    submit_label = gettext_lazy("Refuse and tell the household")

    def form_valid(self, form: ChangeReasonForm) -> HttpResponse:
        change = services.refuse_change_request(
            request=self.object, actor=self.request.user, reason=form.cleaned_data["reason"]
        )
        messages.success(self.request, _("Request {number} is refused.").format(number=change.pk))
        return redirect(change)


class ChangeWithdrawView(_VerbPage, ConfirmPageMixin):
    """Takes back one's own request."""

    permission_required = ADD
    template_name = "components/confirm_page.html"
    verb = "withdraw"
    form_class = ChangeWithdrawalForm
    title = gettext_lazy("Withdraw the request")
    submit_label = gettext_lazy("Withdraw it")

    def get_question(self) -> Any:
        return _("Request {number} ({change}) is taken back. It stays to be read and cannot be taken up again.").format(
            number=self.object.pk, change=self.object.get_kind_display()
        )

    def form_valid(self, form: ChangeWithdrawalForm) -> HttpResponse:
        change = services.withdraw_change_request(
            request=self.object, actor=self.request.user, reason=form.cleaned_data["reason"]
        )
        messages.success(self.request, _("Request {number} is withdrawn.").format(number=change.pk))
        return redirect(change)
