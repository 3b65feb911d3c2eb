"""Pages of households: the list and the file."""

import time
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView

from beneficiaries.filters import HouseholdFilter
from beneficiaries.models import Household, Membership
from beneficiaries.queries.households import HouseholdFile
from beneficiaries.services import households as services
from beneficiaries.workflows import HOUSEHOLD
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import DomainErrorMixin, StaffPageMixin, VisibleObjectMixin
from ministry.views.paging import count_rows

# Coming back to a file within this time is the same visit: one entry in the disclosure log.
VISIT_SECONDS = 30 * 60


class HouseholdListView(ListPage):
    """All households of the reader's areas, newest first; one box finds them by name, number or reference."""

    permission_required = "beneficiaries.view_household"
    model = Household
    filterset_class = HouseholdFilter
    title = gettext_lazy("Registered households")
    row_template_name = "beneficiaries/_household_row.html"
    columns = (
        Column("household", gettext_lazy("Household"), is_header=True),
        Column("area", gettext_lazy("Area")),
        Column("members", gettext_lazy("Members"), numeric=True),
        Column("score", gettext_lazy("Welfare score"), numeric=True),
        Column("status", gettext_lazy("Status")),
        Column("entered", gettext_lazy("Entered on"), ("pk",)),
    )
    default_sort = "-entered"
    keyset = True
    empty_title = gettext_lazy("No household is registered in your area yet")
    empty_text = gettext_lazy("Households come in with a register file: upload it under “Imports”.")
    empty_icon = "family"

    def count(self, queryset: QuerySet) -> tuple[int, bool]:
        estimate = getattr(self.filterset, "estimate", None)
        return (estimate, True) if estimate is not None else count_rows(queryset)


class HouseholdView(StaffPageMixin, VisibleObjectMixin, DomainErrorMixin, DetailView):
    """The file of one household. Opening it is logged, once per visit."""

    permission_required = "beneficiaries.view_household"
    model = Household
    slug_field = slug_url_kwarg = "household_ref"
    template_name = "beneficiaries/household_detail.html"
    # The member whose full numbers this one answer shows.
    revealed_id: int | None = None

    def get_queryset(self) -> QuerySet[Household]:
        return super().get_queryset().select_related("area__parent", "dwelling", "import_batch")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        self.log_opening()
        return self.answer()

    def answer(self) -> HttpResponse:
        response = self.render_to_response(self.get_context_data(object=self.object))
        # SECURITY: a file must not be found in the cache of a shared computer after signing out.
        add_never_cache_headers(response)
        return response

    def log_opening(self) -> None:
        now = int(time.time())
        visits = {
            key: at for key, at in self.request.session.get("opened_files", {}).items() if now - at < VISIT_SECONDS
        }
        if str(self.object.pk) not in visits:
            services.record_opening(household=self.object, reader=self.request.user)
            visits[str(self.object.pk)] = now
            self.request.session["opened_files"] = visits

    def get_title(self) -> str:
        return str(self.file.head.full_name) if self.file.head else self.object.household_ref

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [(HouseholdListView.title, reverse("beneficiaries:household_list")), (self.object.household_ref, "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.file = HouseholdFile(self.object, self.request.user)
        return super().get_context_data(
            file=self.file,
            household=self.object,
            panels=[
                (
                    entry.panel,
                    render_to_string(
                        entry.panel.template_name, {**entry.context, "household": self.object}, self.request
                    ),
                )
                for entry in self.file.panels
            ],
            verbs=HOUSEHOLD.available(status=self.object.status, actor=self.request.user, area=self.object.area),
            can_reveal=self.request.user.has_perm("beneficiaries.reveal_individual", self.object.area),
            revealed_id=self.revealed_id,
            **kwargs,
        )


class HouseholdRevealView(HouseholdView):
    """The same file with one member's full numbers, for this answer only; logged."""

    permission_required = "beneficiaries.reveal_individual"
    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Reloading must not show the numbers again without being asked.
        return redirect(self.get_member().household)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        member = self.get_member()
        services.reveal_individual(individual=member.individual, household=self.object, actor=self.user)
        self.revealed_id = member.individual_id
        return self.answer()

    def get_member(self) -> Membership:
        """Return who is meant, among those who live in the household."""
        self.object = self.get_object()
        memberships = self.object.memberships.current().select_related("individual", "household")
        return get_object_or_404(memberships, individual__person_ref=self.kwargs["person_ref"])


class HouseholdVerifyView(HouseholdView):
    """Confirms that the household's data were checked."""

    permission_required = "beneficiaries.verify_household"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":  # refused by the service: the file is drawn again with the reason
            return super().get(request, *args, **kwargs)
        return redirect(self.get_object())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        household = self.get_object()
        services.verify_household(household=household, actor=self.user)
        messages.success(request, _("Household {reference} is now verified.").format(reference=household.household_ref))
        return redirect(household)
