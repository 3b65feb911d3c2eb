"""Work that answers to complaints have promised, for the offices that do it."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from complaints.forms.desk import TaskForm
from complaints.models import OF_MONEY, RemedyTask
from complaints.services.answers import finish_task
from ministry import formats
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import FormPageMixin, StaffPageMixin

_EITHER = ("complaints.finish_money_remedy", "complaints.finish_register_remedy")


class TaskListView(ListPage):
    """What is still to be done, in the reader's areas."""

    permission_required = _EITHER
    title = gettext_lazy("Remedies to be done")
    lead = gettext_lazy("Promised in answers to complaints; a case is closed only when its remedy is done.")
    columns = (
        Column("kind", gettext_lazy("What"), is_header=True),
        Column("household", gettext_lazy("Household")),
        Column("created_at", gettext_lazy("Since"), ("created_at",)),
        Column("status", gettext_lazy("Status")),
    )
    default_sort = "created_at"
    row_template_name = "complaints/_task_row.html"
    empty_title = gettext_lazy("Nothing is waiting")
    empty_text = gettext_lazy("Everything that was promised is done.")

    def get_queryset(self) -> QuerySet[RemedyTask]:
        return RemedyTask.objects.visible_to(self.request.user).open().for_list()


class TaskView(StaffPageMixin, FormPageMixin, FormView):
    """One remedy: what to do, and saying that it is done."""

    permission_required = _EITHER
    template_name = "complaints/task.html"
    form_class = TaskForm
    submit_label = gettext_lazy("It is done")

    @property
    def task(self) -> RemedyTask:
        if not hasattr(self, "_task"):
            visible = RemedyTask.objects.visible_to(self.request.user).for_list()
            self._task = get_object_or_404(visible, pk=self.kwargs["pk"])
        return self._task

    def get_title(self) -> str:
        return self.task.get_kind_display()

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [(TaskListView.title, reverse("complaints:tasks")), (self.get_title(), "")]

    def get_cancel_url(self) -> str:
        return reverse("complaints:tasks")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        finish_task(task=self.task, note=form.cleaned_data["note"], actor=self.request.user)
        messages.success(self.request, _("It is recorded as done; the case is closed and the complainant is told."))
        return redirect("complaints:tasks")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        task = self.task
        household, program = task.complaint.household, task.complaint.program
        rows = [
            (_("What exactly"), task.instruction),
            (_("Household"), formats.isolated(household.household_ref) if household else ""),
            (_("Programme"), program),
            (_("Since"), formats.day(task.created_at)),
            (_("Status"), task.get_status_display()),
        ]
        may_open = household is not None and self.request.user.has_perm("beneficiaries.view_household", household.area)
        return super().get_context_data(
            task=task,
            rows=rows,
            household_url=household.get_absolute_url() if household is not None and may_open else "",
            is_money=task.kind in OF_MONEY,
            **kwargs,
        )
