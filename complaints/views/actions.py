"""Corrective actions: the list, planning one, saying what came of it."""

from typing import Any

from django.contrib import messages
from django.db.models import Case, QuerySet, Value, When
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from complaints.forms import actions as forms
from complaints.models import CorrectiveAction
from complaints.services import actions
from ministry import formats
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import FormPageMixin, StaffPageMixin

Text = str | Promise
_VIEW, _PLAN = "complaints.view_complaint", "complaints.plan_correction"


class ActionListView(ListPage):
    """What is done so that what repeats does not happen again."""

    permission_required = _VIEW
    model = CorrectiveAction
    title = gettext_lazy("Corrective actions")
    lead = gettext_lazy("An answer to a cause that repeats, with somebody who sees to it and a day.")
    columns = (
        Column("title", gettext_lazy("What is done"), is_header=True),
        Column("cause", gettext_lazy("Why it happened"), ("cause",)),
        Column("owner", gettext_lazy("Who sees to it")),
        Column("due_on", gettext_lazy("To be done by"), ("due_on",)),
        Column("status", gettext_lazy("Status")),
    )
    default_sort = "due_on"
    row_template_name = "complaints/_action_row.html"
    actions_template_name = "complaints/_action_actions.html"
    empty_title = gettext_lazy("No corrective action is planned yet")
    empty_text = gettext_lazy("The figures show which causes repeat.")

    def get_queryset(self) -> QuerySet[CorrectiveAction]:
        late = Case(When(status="open", due_on__lt=timezone.localdate(), then=Value(True)), default=Value(False))
        return CorrectiveAction.objects.visible_to(self.request.user).for_list().annotate(is_late=late)

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [
            (_("Complaints"), reverse("complaints:list")),
            (_("Complaints in figures"), reverse("complaints:figures")),
            (self.title, ""),
        ]


class ActionPlanView(StaffPageMixin, FormPageMixin, FormView):
    """Plans one."""

    permission_required = _PLAN
    form_class = forms.PlanForm
    title = gettext_lazy("Plan a corrective action")
    submit_label = gettext_lazy("Plan it")

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [(ActionListView.title, reverse("complaints:actions")), (self.title, "")]

    def get_cancel_url(self) -> str:
        return reverse("complaints:actions")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        actions.plan_action(actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("The action is planned."))
        return redirect("complaints:actions")


class ActionView(StaffPageMixin, FormPageMixin, FormView):
    """One action: what came of it."""

    permission_required = (_VIEW, _PLAN)
    template_name = "complaints/action.html"
    form_class = forms.FinishForm
    submit_label = gettext_lazy("It is done")

    @property
    def action(self) -> CorrectiveAction:
        if not hasattr(self, "_action"):
            visible = CorrectiveAction.objects.visible_to(self.request.user).select_related("owner", "opened_by")
            self._action = get_object_or_404(visible, pk=self.kwargs["pk"])
        return self._action

    def get_title(self) -> str:
        return self.action.title

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [(ActionListView.title, reverse("complaints:actions")), (self.action.title, "")]

    def get_cancel_url(self) -> str:
        return reverse("complaints:actions")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        actions.finish_action(action=self.action, result=form.cleaned_data["result"], actor=self.request.user)
        messages.success(self.request, _("What came of it is recorded."))
        return redirect("complaints:actions")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        action, user = self.action, self.request.user
        rows: list[tuple[Text, Any]] = [
            (_("Why it happened"), action.get_cause_display()),
            (_("Who sees to it"), str(action.owner)),
            (_("To be done by"), formats.day(action.due_on)),
            (_("Planned by"), f"{action.opened_by} · {formats.day(action.opened_at)}"),
        ]
        if action.done_at:
            rows.append((_("Done"), f"{formats.day(action.done_at)} · {action.result}"))
        may_finish = action.status == "open" and (user.pk == action.owner_id or user.has_perm(_PLAN))
        return super().get_context_data(action=action, rows=rows, may_finish=may_finish, **kwargs)
