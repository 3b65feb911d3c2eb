"""Pages of recertification: whose data are to be confirmed by when, and the visit."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, View

from beneficiaries.filters import RecertificationFilter
from beneficiaries.forms import RecertificationVisitForm
from beneficiaries.models import Household, Recertification, RecertificationVisit
from beneficiaries.services import recertification as services
from ministry import audit, formats
from ministry.exports import csv_response
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import FormPageMixin, StaffPageMixin

VIEW = "beneficiaries.view_recertification"


class RecertificationListView(ListPage):
    """Households by the day on which their data are to be confirmed, the most urgent first."""

    permission_required = VIEW
    model = Recertification
    filterset_class = RecertificationFilter
    title = gettext_lazy("Data to confirm")
    lead = gettext_lazy("Every household is visited again after a period that the ministry sets for each area.")
    actions_template_name = "beneficiaries/recertification/_actions.html"
    row_template_name = "beneficiaries/recertification/_row.html"
    columns = (
        Column("household", gettext_lazy("Household"), is_header=True),
        Column("area", gettext_lazy("Area")),
        Column("due", gettext_lazy("To be confirmed by"), ("recertify_by",)),
        Column("confirmed", gettext_lazy("Last confirmed on")),
        Column("visit", gettext_lazy("Visit")),
    )
    default_sort = "due"
    keyset = True
    empty_title = gettext_lazy("No household is waiting to be visited")
    empty_text = gettext_lazy("The days are given every night to households that have none.")
    empty_icon = "calendar"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            query=self.request.GET.urlencode(),
            today=timezone.localdate(),
            may_visit=bool(self.request.user.area_paths_with(services.VISIT)),
            **kwargs,
        )


class RecertificationExportView(StaffPageMixin, View):
    """The same list as a CSV file for the round of visits; leaves an audit entry."""

    permission_required = VIEW
    http_method_names = ("get", "head")

    def get(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        rows = Recertification.objects.visible_to(self.user).for_list()
        chosen = RecertificationFilter(data=request.GET, queryset=rows, request=request)
        if not chosen.form.is_valid():
            return redirect(f"{reverse('beneficiaries:recertification_list')}?{request.GET.urlencode()}")
        audit.record(
            actor=self.user,
            action="recertification.exported",
            data={"areas": self.user.area_paths_with(VIEW), "filters": dict(request.GET.items())},
        )
        header = [_("File number"), _("Head of household"), _("Area"), _("Address"), _("To be confirmed by"),
                  _("Last confirmed on")]  # fmt: skip
        return csv_response(
            f"recertification-{timezone.localdate().isoformat()}.csv",
            header,
            (
                (
                    row.household.household_ref,
                    row.head_name or "",
                    row.household.area.name,
                    row.household.address,
                    row.recertify_by.isoformat(),
                    row.confirmed_on.isoformat() if row.confirmed_on else "",
                )
                for row in _ordered(chosen.qs).iterator(chunk_size=2000)
            ),
        )


def _ordered(rows: QuerySet[Recertification]) -> QuerySet[Recertification]:
    return rows.order_by("recertify_by", "household_id")


class RecertificationVisitView(StaffPageMixin, FormPageMixin, FormView):
    """What a visit has found."""

    permission_required = services.VISIT
    form_class = RecertificationVisitForm
    title = gettext_lazy("Record a visit")
    submit_label = gettext_lazy("Record the visit")

    @property
    def household(self) -> Household:
        if not hasattr(self, "_household"):
            households = Household.objects.visible_to(self.request.user).select_related("area")
            self._household = get_object_or_404(households, household_ref=self.kwargs["household_ref"])
            if not self.request.user.has_perm(services.VISIT, self._household.area):
                raise PermissionDenied
        return self._household

    def get_lead(self) -> Any:
        known = Recertification.objects.filter(household=self.household).first()
        if known is None:
            return ""
        return _("The data of household {reference} are to be confirmed by {day}.").format(
            reference=self.household.household_ref, day=formats.day(known.recertify_by)
        )

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [
            (RecertificationListView.title, reverse("beneficiaries:recertification_list")),
            (self.household.household_ref, self.household.get_absolute_url()),
            (self.title, ""),
        ]

    def get_cancel_url(self) -> str:
        return self.household.get_absolute_url()

    def form_valid(self, form: RecertificationVisitForm) -> HttpResponse:
        visit = services.record_visit(household=self.household, actor=self.request.user, **form.cleaned_data)
        if visit.outcome == RecertificationVisit.Outcome.CHANGED:
            messages.success(self.request, _("The visit is recorded. Now write down what has changed."))
            return redirect("beneficiaries:change_kinds", self.household.household_ref)
        messages.success(self.request, _("The visit is recorded."))
        return redirect(self.household)
