"""Who became or ceased to be eligible: the queue, and what a person decides about each."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import BaseForm, Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import FormView

from ministry import formats
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import ConfirmPageMixin
from programs.filters import EligibilityChangeFilter
from programs.forms import ReasonForm
from programs.models import Criterion, EligibilityChange
from programs.queries.eligibility import latest_run
from programs.services import eligibility_changes as verbs
from programs.views.programs import ProgramPageMixin
from programs.workflows import ELIGIBILITY_CHANGE

_HAND_OVER = ELIGIBILITY_CHANGE.permission_of("hand_over")

VERBS: dict[str, dict[str, Any]] = {
    "propose_exit": {
        "service": verbs.propose_exit,
        "label": gettext_lazy("Propose exit"),
        "question": gettext_lazy("Nothing changes for the household until a second person confirms the exit."),
        "done": gettext_lazy("The exit is proposed. A second person decides."),
        "bad": True,
    },
    "confirm_exit": {
        "service": verbs.confirm_exit,
        "label": gettext_lazy("Confirm exit"),
        "question": gettext_lazy("The household leaves the programme today. Coming back takes a new admission."),
        "done": gettext_lazy("The household has left the programme."),
        "bad": True,
    },
    "keep": {
        "service": verbs.keep,
        "label": gettext_lazy("Leave as it is"),
        "question": gettext_lazy("Nothing changes for the household. The reason stays with the record."),
        "done": gettext_lazy("Left as it is."),
        "bad": False,
    },
}


class ChangeListView(ProgramPageMixin, ListPage):
    """The queue of a programme, in the reader's areas."""

    permission_required = "programs.view_eligibilitychange"
    filterset_class = EligibilityChangeFilter
    title = gettext_lazy("Changes of eligibility")
    lead = gettext_lazy("Who became or ceased to be eligible from one check to the next. Nobody is put out by a check.")
    columns = (
        Column("household", gettext_lazy("Household"), is_header=True),
        Column("change", gettext_lazy("Change")),
        Column("reasons", gettext_lazy("Reasons")),
        Column("checks", gettext_lazy("Checks")),
        Column("status", gettext_lazy("Status")),
        Column("actions", gettext_lazy("Actions")),
    )
    row_template_name = "programs/_eligibility_change_row.html"
    actions_template_name = "programs/_eligibility_change_actions.html"
    empty_title = gettext_lazy("Nothing has changed")
    empty_text = gettext_lazy("Whenever a check finds a household otherwise than the one before, it stands here.")

    def get_queryset(self) -> QuerySet[EligibilityChange]:
        return EligibilityChange.objects.filter(program=self.program).visible_to(self.request.user).for_list()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user, rows = self.request.user, list(context["page"].rows)
        asked = {number for row in rows for number in (*row.failed, *row.unknown)}
        context["criteria"] = Criterion.objects.in_bulk(asked)
        for row in rows:
            row.actions = [
                (VERBS[verb]["label"], reverse("programs:change_verb", args=[self.program.code, row.pk, verb]))
                for verb in verbs_of(row, user)
            ]
        context["can_hand_over"] = user.has_perm(_HAND_OVER) and (
            EligibilityChange.objects.visible_to(user, _HAND_OVER)
            .filter(program=self.program, kind=EligibilityChange.Kind.BECAME, status=EligibilityChange.Status.OPEN)
            .exists()
        )
        return context


def verbs_of(change: EligibilityChange, user: Any) -> list[str]:
    """Return the verbs open to a person, those left out that fit the other kind or take a second person."""
    available = ELIGIBILITY_CHANGE.available(status=change.status, actor=user, area=change.area)
    ceased = change.kind == EligibilityChange.Kind.CEASED
    return [
        verb
        for verb in available
        if verb in VERBS
        and (ceased or verb == "keep")
        and not (verb == "confirm_exit" and change.proposed_by_id == user.pk)
    ]


class ChangeVerbView(ProgramPageMixin, ConfirmPageMixin, FormView):
    """Asks for the reason before something is decided."""

    template_name = "programs/eligibility_change_verb.html"
    form_class = ReasonForm

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if kwargs["verb"] not in VERBS:
            raise Http404
        self.verb = VERBS[kwargs["verb"]]
        self.is_destructive = self.verb["bad"]
        self.submit_label = self.verb["label"]

    def has_permission(self) -> bool:
        # Anywhere at all first: the household is looked up only for those who may have to do with it.
        user, permission = self.request.user, ELIGIBILITY_CHANGE.permission_of(self.kwargs["verb"])
        return user.has_perm(permission) and user.has_perm(permission, self.change.area)

    @cached_property
    def change(self) -> EligibilityChange:
        visible = EligibilityChange.objects.visible_to(self.request.user).for_list()
        return get_object_or_404(visible, program=self.program, pk=self.kwargs["change"])

    def get_title(self) -> str:
        return _("{verb}: household {reference}").format(
            verb=self.verb["label"], reference=self.change.household.household_ref
        )

    def get_question(self) -> str:
        return self.verb["question"]

    def get_cancel_url(self) -> str:
        return reverse("programs:change_list", args=[self.program.code])

    def form_valid(self, form: BaseForm) -> HttpResponse:
        self.verb["service"](change=self.change, actor=self.request.user, reason=form.cleaned_data["reason"])
        messages.success(self.request, self.verb["done"])
        return redirect(self.get_cancel_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # The address's own `change` is a number.
        criteria = Criterion.objects.in_bulk([*self.change.failed, *self.change.unknown])
        return super().get_context_data(**(kwargs | {"change": self.change, "criteria": criteria}))


class HandOverView(ProgramPageMixin, ConfirmPageMixin, FormView):
    """Passes all who became eligible on to the list of admissions."""

    permission_required = _HAND_OVER
    form_class = Form
    is_destructive = False
    title = gettext_lazy("Hand over for admission")
    submit_label = gettext_lazy("Hand over")
    question = gettext_lazy(
        "Everybody in your areas who became eligible is passed on to the list of admissions of the latest check, where "
        "you see whom it would admit and at what cost. Nobody is admitted by this step."
    )

    def get_cancel_url(self) -> str:
        return reverse("programs:change_list", args=[self.program.code])

    def form_valid(self, form: BaseForm) -> HttpResponse:
        done = verbs.hand_over(program=self.program, actor=self.request.user)
        text = ngettext("{count} household was handed over.", "{count} households were handed over.", done.households)
        messages.success(self.request, text.format(count=formats.number(done.households)))
        run = latest_run(self.program)
        if run is None:
            return redirect(self.get_cancel_url())
        return redirect(reverse("programs:enrolment_confirm", args=[self.program.code, run.pk]))
