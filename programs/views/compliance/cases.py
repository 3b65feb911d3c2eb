"""Excuses, appeals and proposed exits: filed by one person, decided by another, each on a page of its own."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Model
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView

from beneficiaries.models import Household
from beneficiaries.queries.cards import survivor_of
from ministry import documents, formats
from ministry.views.mixins import FormPageMixin, StaffPageMixin
from programs.compliance.forms import AppealForm, DecisionForm, ExcuseForm
from programs.models import ComplianceAppeal, ComplianceRecord, ComplianceStep, Excuse
from programs.queries import compliance as queries
from programs.services.compliance import decisions as services
from programs.views.compliance.periods import CONDITIONS, DECIDE, period_title

WAITING = gettext_lazy("Excuses, appeals and proposed exits")
_SHOWN = 200


class WaitingView(StaffPageMixin, TemplateView):
    """What waits for this person's decision."""

    permission_required = DECIDE
    template_name = "programs/compliance_waiting.html"
    title = WAITING

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        # Not everybody who decides sees the periods.
        if self.request.user.has_perm("programs.view_complianceperiod"):
            return [(CONDITIONS, reverse("programs:compliance_list")), (self.title, "")]
        return [(self.title, "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        return super().get_context_data(
            excuses=queries.excuses_to_decide(user)[:_SHOWN],
            appeals=queries.appeals_to_decide(user)[:_SHOWN],
            exits=queries.exits_to_decide(user)[:_SHOWN],
            **kwargs,
        )


class CasePage(StaffPageMixin, FormPageMixin, FormView):
    """A form about one finding, step, excuse or appeal of a household in the person's areas."""

    template_name = "programs/compliance_case.html"
    model: type[Model]
    # From the record to its finding or step.
    related: tuple[str, ...] = ()
    done: str | Promise = ""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self._case: Any = None

    @property
    def case(self) -> Any:
        if self._case is None:
            visible = self.model._default_manager.visible_to(self.request.user, self.permission_required)  # type: ignore[attr-defined]
            self._case = get_object_or_404(visible.select_related(*self.related), pk=self.kwargs["pk"])
        return self._case

    @property
    def household(self) -> Household:
        case = self.case
        found = case.record if isinstance(case, Excuse) else case.step if isinstance(case, ComplianceAppeal) else case
        return found.enrolment.household

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [(self.household.household_ref, self.household.get_absolute_url()), (self.get_title(), "")]

    def get_cancel_url(self) -> str:
        return f"{self.household.get_absolute_url()}#conditions"

    def facts(self) -> list[tuple[str, Any]]:
        """Return what the page says about the case."""
        raise NotImplementedError

    def decide(self, form: BaseForm) -> None:
        """Call the service."""
        raise NotImplementedError

    def form_valid(self, form: BaseForm) -> HttpResponse:
        self.decide(form)
        messages.success(self.request, str(self.done))
        return redirect(self.get_cancel_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(rows=self.facts(), **kwargs)


_RECORD = ("period__program", "condition", "individual", "enrolment__household__area")
_STEP = ("period__program", "individual", "enrolment__household__area")


def _about_record(record: ComplianceRecord) -> list[tuple[str, Any]]:
    return [
        (_("Person"), survivor_of(record.individual).full_name),
        (_("Condition"), record.condition.name),
        (_("Period"), period_title(record.period)),
        (_("Figure"), formats.number(record.value)),
        (_("Asked for"), formats.number(record.condition.at_least)),
    ]


def _about_step(step: ComplianceStep) -> list[tuple[str, Any]]:
    return [
        (_("Person"), survivor_of(step.individual).full_name),
        (_("Step"), step.get_kind_display()),
        (_("Period"), period_title(step.period)),
        (_("Misses counted"), formats.number(step.misses)),
        (_("First payment"), formats.month(step.applies_from) if step.applies_from else ""),
    ]


class ExcuseFileView(CasePage):
    """Files an excuse with evidence."""

    permission_required = "programs.add_excuse"
    model = ComplianceRecord
    related = _RECORD
    form_class = ExcuseForm
    title = gettext_lazy("Bring an excuse")
    submit_label = gettext_lazy("File the excuse")
    done = gettext_lazy("The excuse is filed. Somebody else decides about it.")

    def facts(self) -> list[tuple[str, Any]]:
        return _about_record(self.case)

    @transaction.atomic
    def decide(self, form: BaseForm) -> None:
        actor, upload = self.request.user, form.cleaned_data["evidence"]
        evidence = documents.store(upload, subject=self.household, actor=actor) if upload else None
        services.file_excuse(record=self.case, actor=actor, reason=form.cleaned_data["reason"], evidence=evidence)


class AppealFileView(CasePage):
    """Files an appeal against a step."""

    permission_required = "programs.add_complianceappeal"
    model = ComplianceStep
    related = _STEP
    form_class = AppealForm
    title = gettext_lazy("Appeal against a step")
    submit_label = gettext_lazy("File the appeal")
    done = gettext_lazy("The appeal is filed. The step is frozen until somebody else has decided.")

    def facts(self) -> list[tuple[str, Any]]:
        return _about_step(self.case)

    def decide(self, form: BaseForm) -> None:
        services.file_appeal(step=self.case, actor=self.request.user, reason=form.cleaned_data["reason"])


class DecisionPage(CasePage):
    """A case with two answers."""

    form_class = DecisionForm
    submit_label = gettext_lazy("Decide")
    answers: tuple[tuple[str, Promise], tuple[str, Promise]]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "answers": list(self.answers)}

    def answer(self, form: BaseForm) -> bool:
        """Return whether the first of the two was chosen."""
        return form.cleaned_data["decision"] == self.answers[0][0]


class ExcuseDecideView(DecisionPage):
    """Accepts or refuses an excuse."""

    permission_required = "programs.decide_excuse"
    model = Excuse
    related = (*tuple(f"record__{name}" for name in _RECORD), "evidence", "filed_by")
    title = gettext_lazy("Decide about an excuse")
    answers = (
        ("accept", gettext_lazy("Accept: the miss does not count, and what it cost is paid back")),
        ("refuse", gettext_lazy("Refuse: the miss counts")),
    )
    done = gettext_lazy("The excuse is decided.")

    def facts(self) -> list[tuple[str, Any]]:
        excuse = self.case
        return [*_about_record(excuse.record), (_("Excuse"), excuse.reason), (_("Filed by"), excuse.filed_by)]

    def decide(self, form: BaseForm) -> None:
        services.decide_excuse(
            excuse=self.case, actor=self.request.user, accept=self.answer(form), note=form.cleaned_data["reason"]
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(evidence=self.case.evidence, **kwargs)


class AppealDecideView(DecisionPage):
    """Decides an appeal."""

    permission_required = "programs.decide_complianceappeal"
    model = ComplianceAppeal
    related = (*tuple(f"step__{name}" for name in _STEP), "filed_by")
    title = gettext_lazy("Decide about an appeal")
    answers = (
        ("won", gettext_lazy("Won: the step is lifted, and what it cost is paid back")),
        ("lost", gettext_lazy("Lost: the step applies from the next payment on")),
    )
    done = gettext_lazy("The appeal is decided.")

    def facts(self) -> list[tuple[str, Any]]:
        appeal = self.case
        return [*_about_step(appeal.step), (_("Appeal"), appeal.reason), (_("Filed by"), appeal.filed_by)]

    def decide(self, form: BaseForm) -> None:
        services.decide_appeal(
            appeal=self.case, actor=self.request.user, won=self.answer(form), note=form.cleaned_data["reason"]
        )


class ExitDecideView(DecisionPage):
    """Decides about an exit the ladder proposed."""

    permission_required = "programs.suspend_enrolment"
    model = ComplianceStep
    related = _STEP
    title = gettext_lazy("Decide about a proposed exit")
    answers = (
        ("exit", gettext_lazy("The household leaves the programme")),
        ("dismiss", gettext_lazy("The household stays")),
    )
    done = gettext_lazy("The proposed exit is decided.")

    def facts(self) -> list[tuple[str, Any]]:
        return _about_step(self.case)

    def decide(self, form: BaseForm) -> None:
        services.decide_proposed_exit(
            step=self.case, actor=self.request.user, leaves=self.answer(form), reason=form.cleaned_data["reason"]
        )
