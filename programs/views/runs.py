"""Eligibility checks: what one found, its decisions, and the admission of those it found eligible."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import FormView, TemplateView

from beneficiaries.models import Household
from ministry import audit, formats
from ministry.exports import csv_response
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import ConfirmPageMixin
from programs.filters import DecisionFilter
from programs.forms import ConfirmListForm, ReasonForm
from programs.models import Criterion, EligibilityDecision, EligibilityRun, Enrolment
from programs.queries.admissions import plan_in_force
from programs.queries.decisions import EXPORT_COLUMNS, counts_by_governorate, export_rows
from programs.queries.eligibility import latest_run
from programs.queries.enrolments import admission_cost, admission_counts, exited_and_eligible
from programs.services.enrolments import confirm_enrolments, readmit_household
from programs.views.programs import Crumbs, ProgramPageMixin

_CONFIRM = "programs.confirm_enrolment"
_DECISIONS = "programs.view_eligibilitydecision"
_EXITED_SHOWN = 200


class RunPageMixin(ProgramPageMixin):
    """A page below one check."""

    permission_required = "programs.view_eligibilityrun"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self._run: EligibilityRun | None = None

    @property
    def run(self) -> EligibilityRun:
        if self._run is None:
            self._run = get_object_or_404(
                EligibilityRun.objects.select_related("version__program", "job", "scoring_model"),
                version__program=self.program,
                pk=self.kwargs["run"],
            )
        return self._run

    def get_crumbs(self) -> Crumbs:
        crumbs = super().get_crumbs()
        return [*crumbs[:-1], (run_title(self.run), self.run.get_absolute_url()), crumbs[-1]]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # The address's own `run` is a number.
        return super().get_context_data(**(kwargs | {"run": self.run}))


def run_title(run: EligibilityRun) -> str:
    """Return what a check is called."""
    return _("Check of {day}").format(day=formats.day(run.on_date))


class RunDetailView(RunPageMixin, TemplateView):
    """What one check found, in all and by governorate."""

    template_name = "programs/run_detail.html"
    actions_template_name = "programs/_run_actions.html"

    def get_title(self) -> str:
        return _("{program}: check of {day}").format(program=self.program.name, day=formats.day(self.run.on_date))

    def get_crumbs(self) -> Crumbs:
        return [*super().get_crumbs()[:2], (run_title(self.run), "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, run = self.request.user, self.run
        shown = run.status == EligibilityRun.Status.COMPLETE and run.pruned_at is None
        areas = counts_by_governorate(run, user.area_paths_with(_DECISIONS)) if shown else []
        return super().get_context_data(
            areas=areas,
            can_see_decisions=shown and user.has_perm(_DECISIONS),
            can_confirm=shown and user.has_perm(_CONFIRM) and run == latest_run(self.program),
            **kwargs,
        )


class DecisionListView(RunPageMixin, ListPage):
    """The decisions of a check in the reader's areas."""

    permission_required = _DECISIONS
    filterset_class = DecisionFilter
    title = gettext_lazy("Decisions")
    actions_template_name = "programs/_decision_actions.html"
    columns = (
        Column("household", gettext_lazy("Household"), is_header=True),
        Column("governorate", gettext_lazy("Area")),
        Column("decision", gettext_lazy("Decision")),
        Column("reasons", gettext_lazy("Reasons")),
        Column("score", gettext_lazy("Score"), numeric=True),
    )
    row_template_name = "programs/_decision_row.html"
    empty_title = gettext_lazy("There are no decisions in your areas")

    def get_queryset(self) -> QuerySet[EligibilityDecision]:
        # The filter offers the criteria of this version only.
        self.request.version = self.run.version
        return (
            EligibilityDecision.objects.filter(run=self.run)
            .visible_to(self.request.user)
            .select_related("household__area")
            .order_by("household_id")
        )

    def get_lead(self) -> str:
        return run_title(self.run)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        criteria = Criterion.objects.filter(group__version=self.run.version).in_bulk()
        query = self.request.GET.urlencode()
        export = reverse("programs:decision_export", args=[self.program.code, self.run.pk])
        return super().get_context_data(
            criteria=criteria, export_url=f"{export}?{query}" if query else export, **kwargs
        )


class DecisionExportView(RunPageMixin):
    """The decisions in the reader's areas as a CSV file, filtered like the list, streamed."""

    permission_required = _DECISIONS
    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | StreamingHttpResponse:
        self.request.version = self.run.version
        chosen = DecisionFilter(data=request.GET, queryset=EligibilityDecision.objects.none(), request=self.request)
        if not chosen.form.is_valid():
            return redirect(
                f"{reverse('programs:decision_list', args=[self.program.code, self.run.pk])}?{request.GET.urlencode()}"
            )
        wanted = chosen.form.cleaned_data
        paths = self.request.user.area_paths_with(_DECISIONS)
        audit.record(
            actor=self.request.user,
            action="eligibility_decisions.exported",
            target=self.run,
            data={"areas": paths, "decision": wanted["decision"] or ""},
        )
        rows = export_rows(
            self.run,
            paths=paths,
            decision=wanted["decision"],
            failed=wanted["failed"].pk if wanted["failed"] else None,
            unknown=wanted["unknown"].pk if wanted["unknown"] else None,
            under=wanted["governorate"].path if wanted["governorate"] else "",
            household_ref=wanted["q"],
        )
        name = f"eligibility-{self.program.code}-{self.run.on_date.isoformat()}-{self.run.pk}.csv"
        return csv_response(name, EXPORT_COLUMNS, rows)


class ConfirmEnrolmentsView(RunPageMixin, ConfirmPageMixin, FormView):
    """Whom the confirmation would admit, what it would cost; a person confirms."""

    permission_required = _CONFIRM
    template_name = "programs/confirm_enrolments.html"
    form_class = ConfirmListForm
    is_destructive = False
    title = gettext_lazy("Admit eligible households")
    submit_label = gettext_lazy("Admit these households")

    def get_cancel_url(self) -> str:
        return self.run.get_absolute_url()

    def get_initial(self) -> dict[str, Any]:
        return {"expected": self.counts.new}

    @property
    def counts(self) -> Any:
        if not hasattr(self, "_counts"):
            self._counts = admission_counts(self.run, self.request.user.area_paths_with(_CONFIRM))
        return self._counts

    def form_valid(self, form: BaseForm) -> HttpResponse:
        done = confirm_enrolments(run=self.run, actor=self.request.user, expected=form.cleaned_data["expected"])
        if done.enrolled:
            text = ngettext("{count} household was admitted.", "{count} households were admitted.", done.enrolled)
            messages.success(self.request, text.format(count=formats.number(done.enrolled)))
        else:
            messages.info(self.request, _("Nobody was left to admit: these households are in the programme already."))
        return redirect(reverse("programs:enrolment_list", args=[self.program.code]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        paths = self.request.user.area_paths_with(_CONFIRM)
        return super().get_context_data(
            counts=self.counts,
            cost=admission_cost(self.run, paths, timezone.localdate()),
            exited=exited_and_eligible(self.run, paths)[:_EXITED_SHOWN],
            is_latest=self.run == latest_run(self.program),
            is_limited=plan_in_force(self.program, timezone.localdate()) is not None,
            **kwargs,
        )


class ReadmitView(RunPageMixin, ConfirmPageMixin, FormView):
    """Admit one household that left the programme before."""

    permission_required = _CONFIRM
    template_name = "programs/readmit.html"
    form_class = ReasonForm
    is_destructive = False
    submit_label = gettext_lazy("Admit again")

    @property
    def household(self) -> Household:
        if not hasattr(self, "_household"):
            households = Household.objects.visible_to(self.request.user, _CONFIRM)
            self._household = get_object_or_404(households, pk=self.kwargs["household"])
        return self._household

    def get_title(self) -> str:
        return _("Admit household {reference} again").format(reference=self.household.household_ref)

    def get_cancel_url(self) -> str:
        return reverse("programs:enrolment_confirm", args=[self.program.code, self.run.pk])

    def form_valid(self, form: BaseForm) -> HttpResponse:
        readmit_household(
            run=self.run,
            household_id=self.household.pk,
            actor=self.request.user,
            reason=form.cleaned_data["reason"],
        )
        messages.success(self.request, _("The household is in the programme again."))
        return redirect(self.get_cancel_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        earlier = Enrolment.objects.filter(program=self.program, household=self.household).order_by("-id")
        if not self.request.user.has_perm("programs.view_enrolment", self.household.area):
            raise PermissionDenied
        return super().get_context_data(household=self.household, earlier=earlier, **kwargs)
