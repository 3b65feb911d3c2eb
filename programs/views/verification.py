"""Samples of a cycle: drawing one, its list, and what was found at each household."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.forms import BaseForm
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import FormView

from ministry import audit, formats
from ministry.exports import csv_response
from ministry.models import Area
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import FormPageMixin, StaffPageMixin
from programs.control.export import CONTENT_TYPE, workbook
from programs.control.filters import VerificationVisitFilter
from programs.control.forms import SampleForm, VisitForm
from programs.models import PaymentCycle, VerificationSample, VerificationVisit
from programs.payments.preparation import minor_units
from programs.queries.verification import EXPORT_COLUMNS, export_rows, rates_of
from programs.services import verification as services
from programs.views.payment_cycles import cycle_title

SEE = "programs.view_verificationsample"
SAMPLES = gettext_lazy("Samples to look up")
Crumbs = list[tuple[str | Promise, str]]


def _crumbs(page: StaffPageMixin, cycle: PaymentCycle) -> Crumbs:
    """Return the trail of samples; whoever may not see the cycle is led to its samples only."""
    if not page.request.user.has_perm("programs.view_paymentcycle"):
        return [(SAMPLES, reverse("programs:cycle_samples", args=[cycle.pk]))]
    return [
        (gettext_lazy("Payments"), reverse("programs:cycle_list")),
        (cycle_title(cycle), cycle.get_absolute_url()),
        (SAMPLES, reverse("programs:cycle_samples", args=[cycle.pk])),
    ]


class SamplesView(StaffPageMixin, FormPageMixin, FormView):
    """The samples of a cycle, and drawing one."""

    permission_required = SEE
    form_class = SampleForm
    template_name = "programs/cycle_samples.html"
    title = SAMPLES
    submit_label = gettext_lazy("Draw the sample")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and self.has_permission():
            self.cycle = get_object_or_404(PaymentCycle.objects.for_list(), pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(services.DRAW, Area.objects.root()):
            raise PermissionDenied
        return super().post(request, *args, **kwargs)

    def get_lead(self) -> str:
        return cycle_title(self.cycle)

    def get_crumbs(self) -> Crumbs:
        return [*_crumbs(self, self.cycle)[:-1], (self.title, "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        samples = self.cycle.samples.select_related("drawn_by").annotate(
            answered=Count("visits", filter=~Q(visits__result=""))
        )
        may_draw = self.cycle.is_approved and self.request.user.has_perm(services.DRAW, Area.objects.root())
        return super().get_context_data(cycle=self.cycle, samples=samples, may_draw=may_draw, **kwargs)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        sample = services.draw_sample(cycle=self.cycle, size=int(form.cleaned_data["size"]), actor=self.request.user)
        messages.success(self.request, _("The sample is drawn."))
        return redirect(sample)


class SampleDetailView(ListPage):
    """One sample: what was found so far, and its households in the reader's areas."""

    permission_required = SEE
    template_name = "programs/sample_detail.html"
    actions_template_name = "programs/_sample_actions.html"
    filterset_class = VerificationVisitFilter
    columns = (
        Column("number", gettext_lazy("Number"), is_header=True),
        Column("household", gettext_lazy("Household")),
        Column("area", gettext_lazy("Place")),
        Column("amount", gettext_lazy("Amount"), numeric=True),
        Column("result", pgettext_lazy("control", "Found")),
    )
    row_template_name = "programs/_visit_row.html"
    empty_title = gettext_lazy("No household here")
    empty_text = gettext_lazy("Nobody in your area is on this sample.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and self.has_permission():
            self.sample = get_object_or_404(
                VerificationSample.objects.select_related("cycle__program", "drawn_by"), pk=kwargs["pk"]
            )
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Sample {number}").format(number=formats.digits(str(self.sample.pk)))

    def get_lead(self) -> str:
        return cycle_title(self.sample.cycle)

    def get_crumbs(self) -> Crumbs:
        return [*_crumbs(self, self.sample.cycle), (self.get_title(), "")]

    def get_queryset(self) -> QuerySet[VerificationVisit]:
        visits = VerificationVisit.objects.visible_to(self.request.user).filter(sample=self.sample)
        return visits.for_list().order_by("position")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            sample=self.sample,
            rates=rates_of(self.sample),
            may_export=any(self.request.user.has_perm(name) for name in (services.DRAW, services.ENTER)),
            **kwargs,
        )


class SampleExportView(StaffPageMixin):
    """The list to be taken along, of the reader's areas."""

    # SECURITY: it names people with their telephones. Only whoever draws or asks gets it, not all who see the rates.
    permission_required = (services.DRAW, services.ENTER)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        sample = get_object_or_404(VerificationSample.objects.select_related("cycle__program"), pk=kwargs["pk"])
        if kwargs["kind"] not in {"csv", "xlsx"}:
            raise Http404
        drawn = VerificationVisit.objects.filter(sample=sample)
        visits = drawn.visible_to(self.user, services.ENTER) | drawn.visible_to(self.user, services.DRAW)
        visits = visits.order_by("position")
        rows = list(export_rows(visits))
        audit.record(
            actor=self.user,
            action="verification.exported",
            target=sample,
            data={"rows": len(rows), "format": kwargs["kind"]},
        )
        name = f"sample-{sample.cycle.program.code}-{sample.cycle.period:%Y-%m}-{sample.pk}.{kwargs['kind']}"
        if kwargs["kind"] == "csv":
            return csv_response(name, EXPORT_COLUMNS, rows)
        return FileResponse(
            workbook("sample", EXPORT_COLUMNS, rows), as_attachment=True, filename=name, content_type=CONTENT_TYPE
        )


class VisitView(StaffPageMixin, FormPageMixin, FormView):
    """What was found at one household."""

    permission_required = services.ENTER
    form_class = VisitForm
    submit_label = gettext_lazy("Enter the answer")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and self.has_permission():
            self.visit = get_object_or_404(
                VerificationVisit.objects.visible_to(request.user, services.ENTER)
                .for_list()
                .select_related("sample__cycle__program", "entitlement__household", "entitlement__area"),
                pk=kwargs["pk"],
            )
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Household {ref}").format(ref=self.visit.entitlement.household.household_ref)

    def get_lead(self) -> str:
        cycle = self.visit.sample.cycle
        return _("On the list for {cycle}: {amount} {currency}.").format(
            cycle=cycle_title(cycle),
            amount=formats.number(self.visit.entitlement.amount, minor_units(cycle.currency)),
            currency=cycle.currency,
        )

    def get_crumbs(self) -> Crumbs:
        sample = self.visit.sample
        label = _("Sample {number}").format(number=formats.digits(str(sample.pk)))
        return [*_crumbs(self, sample.cycle), (label, sample.get_absolute_url()), (self.get_title(), "")]

    def get_cancel_url(self) -> str:
        return self.visit.sample.get_absolute_url()

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"currency": self.visit.sample.cycle.currency}

    def get_initial(self) -> dict[str, Any]:
        visit = self.visit
        return {name: getattr(visit, name) for name in ("result", "amount_found", "visited_on", "note")}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        services.enter_result(visit=self.visit, actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("The answer is entered."))
        return redirect(self.visit.sample)
