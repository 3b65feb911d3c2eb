"""Issues of many: the list, one issue, and its verbs."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import FormView, TemplateView

from complaints.forms import voices as forms
from complaints.models import Complaint, Issue
from complaints.services import issues
from complaints.workflows import ISSUE
from ministry import formats
from ministry.models import User
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import FormPageMixin, StaffPageMixin

Text = str | Promise
_VIEW = "complaints.view_complaint"


class IssueListView(ListPage):
    """Issues of several cases in the reader's areas."""

    permission_required = _VIEW
    model = Issue
    title = gettext_lazy("Issues of many")
    lead = gettext_lazy("Cases about one thing get one answer; each keeps its own code, clock and complainant.")
    columns = (
        Column("title", gettext_lazy("What it is"), is_header=True),
        Column("area", gettext_lazy("Place")),
        Column("cases", gettext_lazy("Cases"), ("cases",), numeric=True),
        Column("opened_at", gettext_lazy("Since"), ("opened_at",)),
        Column("status", gettext_lazy("Status")),
    )
    default_sort = "-opened_at"
    row_template_name = "complaints/_issue_row.html"
    empty_title = gettext_lazy("No cases are answered together yet")
    empty_text = gettext_lazy("Open a case and choose «Answer it together with others» or «It is an issue of many».")

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [(_("Complaints"), reverse("complaints:list")), (self.title, "")]


class IssueMixin(StaffPageMixin):
    """Finds the issue among those the person may see."""

    permission_required = _VIEW
    kwargs: dict[str, Any]

    @property
    def issue(self) -> Issue:
        if not hasattr(self, "_issue"):
            visible = Issue.objects.visible_to(self.request.user)
            self._issue = get_object_or_404(
                visible.select_related("lead", "area", "category", "opened_by"), pk=self.kwargs["pk"]
            )
        return self._issue

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [
            (_("Complaints"), reverse("complaints:list")),
            (IssueListView.title, reverse("complaints:issues")),
            (self.issue.title, self.issue.get_absolute_url()),
        ]


class IssueView(IssueMixin, TemplateView):
    """One issue: its cases as far as the reader may see them, and how many there are in all."""

    template_name = "complaints/issue.html"

    def get_title(self) -> str:
        return self.issue.title

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [*super().get_crumbs()[:-1], (self.issue.title, "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        issue, user = self.issue, self.request.user
        all_cases = Complaint.objects.filter(memberships__issue=issue, memberships__left_at=None)
        visible = Complaint.objects.visible_to(user).filter(pk__in=all_cases.values("pk"))
        shown = list(visible.for_list().order_by("received_at", "pk")[:200])
        hidden = all_cases.count() - len(shown)
        rows: list[tuple[Text, Any]] = [
            (_("About"), issue.category.name),
            (_("Place"), issue.area.name),
            (_("Opened"), f"{formats.moment(issue.opened_at)} · {issue.opened_by}"),
            (_("Cases"), formats.number(len(shown) + hidden)),
        ]
        if issue.lead:
            rows.append((_("Case that leads"), formats.isolated_ltr(str(issue.lead))))
        if issue.ended_at:
            rows.append((issue.get_status_display(), formats.moment(issue.ended_at)))
        return super().get_context_data(
            issue=issue,
            rows=rows,
            cases=shown,
            hidden=hidden,
            verbs=[
                (label, reverse("complaints:issue_verb", args=[issue.pk, verb]))
                for verb, (label, *_rest) in VERBS.items()
                if verb in ISSUE.available(status=issue.status, actor=user, area=issue.area)
                and not (verb == "answer" and issue.lead_id)
            ],
            **kwargs,
        )


def _add(issue: Issue, actor: User, data: dict[str, Any]) -> str:
    for complaint in data["codes"]:
        issues.add_case(issue=issue, complaint=complaint, actor=actor)
    return _("They belong to the issue now.")


def _tell(issue: Issue, actor: User, data: dict[str, Any]) -> str:
    told = issues.tell_all(issue=issue, text=data["text"], token=data["token"], actor=actor)
    return ngettext("It was sent to {count} person.", "It was sent to {count} people.", told).format(
        count=formats.number(told)
    )


def _answer(issue: Issue, actor: User, data: dict[str, Any]) -> str:
    told = issues.answer_issue(issue=issue, actor=actor, **data)
    return ngettext(
        "{count} case was answered and closed; whoever wrote it was told.",
        "{count} cases were answered and closed; everybody was told.",
        told,
    ).format(count=formats.number(told))


Do = Callable[[Issue, User, dict[str, Any]], str]
VERBS: dict[str, tuple[Text, type[BaseForm], Do]] = {
    "answer": (gettext_lazy("Answer all of them"), forms.AnswerAllForm, _answer),
    "tell": (gettext_lazy("Tell everybody how it stands"), forms.TellAllForm, _tell),
    "add": (gettext_lazy("Add cases"), forms.AddCaseForm, _add),
}


class IssueVerbView(IssueMixin, FormPageMixin, FormView):
    """One verb of an issue."""

    template_name = "complaints/verb.html"
    permission_required = "complaints.handle_complaint"

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if kwargs["verb"] not in VERBS:
            raise Http404
        self.label, self.form_class, self.do = VERBS[kwargs["verb"]]

    def get_title(self) -> str:
        return _("{verb}: {title}").format(verb=self.label, title=self.issue.title)

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [*super().get_crumbs(), (self.label, "")]

    def get_cancel_url(self) -> str:
        return self.issue.get_absolute_url()

    def get_initial(self) -> dict[str, Any]:
        return {"token": uuid.uuid4()}

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        return kwargs | {"actor": self.request.user} if self.kwargs["verb"] == "add" else kwargs

    def form_valid(self, form: BaseForm) -> HttpResponse:
        messages.success(self.request, self.do(self.issue, self.request.user, form.cleaned_data))
        return redirect(self.issue.get_absolute_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(submit_label=self.label, **kwargs)
