"""The list of registrations, and the start of a new one."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView

from beneficiaries.filters import RegistrationFilter
from beneficiaries.forms import RegistrationStartForm
from beneficiaries.models import Registration
from beneficiaries.services import registrations as services
from beneficiaries.views.registration.base import LIST_TITLE, section_url
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import DomainErrorMixin, FormPageMixin, StaffPageMixin


class RegistrationListView(ListPage):
    """Registrations of the reader's areas; one's own are a filter away."""

    permission_required = "beneficiaries.view_registration"
    model = Registration
    filterset_class = RegistrationFilter
    title = LIST_TITLE
    row_template_name = "beneficiaries/registration/_row.html"
    actions_template_name = "beneficiaries/registration/_list_actions.html"
    columns = (
        Column("reference", _("Registration"), is_header=True),
        Column("area", _("Area")),
        Column("caseworker", _("Caseworker")),
        Column("status", _("Status")),
        Column("saved", _("Last saved"), ("changed_at",)),
    )
    default_sort = "-saved"
    empty_title = _("No household is being registered")
    empty_text = _("A registration is filled in section by section; it can be left and taken up again at any time.")
    empty_icon = "family"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            may_register=self.request.user.has_perm("beneficiaries.add_registration"), **kwargs
        )


class RegistrationStartView(StaffPageMixin, DomainErrorMixin, FormPageMixin, FormView):
    """Asks where the household lives, and opens its registration."""

    permission_required = "beneficiaries.add_registration"
    form_class = RegistrationStartForm
    title = _("Register a household")
    lead = _("You can stop after each section and go on later; what you have typed is kept.")
    submit_label = _("Begin")
    cancel_url = reverse_lazy("beneficiaries:registration_list")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [(LIST_TITLE, reverse("beneficiaries:registration_list")), (self.title, "")]

    def form_valid(self, form: forms.Form) -> HttpResponse:
        registration = services.start_registration(area=form.cleaned_data["area"], actor=self.request.user)
        return redirect(section_url(registration, "consent"))
