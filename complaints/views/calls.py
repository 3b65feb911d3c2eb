"""Being called back: asked for by anybody, seen to by the hotline."""

from typing import Any

from django.contrib import messages
from django.db.models import Case, QuerySet, Value, When
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import FormView

from complaints.forms import calls as forms
from complaints.models import Call, Complaint
from complaints.services import calls
from complaints.views.public import OpenPage, address_of
from ministry import audit, formats
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import FormPageMixin, StaffPageMixin

Text = str | Promise
_CALLS = "complaints.answer_calls"


class AskForCallView(OpenPage, FormPageMixin, FormView):
    """Somebody wants to be called. The same number again is the same wish."""

    template_name = "complaints/call_ask.html"
    form_class = forms.AskForCallForm
    title = gettext_lazy("Let us call you")
    lead = gettext_lazy("We call by the end of the next working day. It costs you nothing.")
    submit_label = gettext_lazy("Ask for a call")

    def get_cancel_url(self) -> str:
        return reverse("complaints:public")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        call = calls.ask_for_call(
            language=(get_language() or "ar")[:2], address=address_of(self.request), **form.cleaned_data
        )
        messages.success(
            self.request,
            _("We will call you by {day}. Nobody who calls from here asks for money or for your PIN.").format(
                day=formats.day(call.due_on)
            ),
        )
        return redirect("complaints:public")


class CallListView(ListPage):
    """Who waits for a call, the most urgent first. Numbers are shown on the page of one call only."""

    permission_required = _CALLS
    model = Call
    title = gettext_lazy("People who asked to be called")
    columns = (
        Column("name", gettext_lazy("Whom to ask for"), is_header=True),
        Column("wanted", gettext_lazy("When it suits")),
        Column("asked_at", gettext_lazy("Asked at"), ("asked_at",)),
        Column("due_on", gettext_lazy("To be called by"), ("due_on",)),
        Column("tried", gettext_lazy("Tried"), ("tried",), numeric=True),
    )
    default_sort = "due_on"
    row_template_name = "complaints/_call_row.html"
    actions_template_name = "complaints/_call_actions.html"
    empty_title = gettext_lazy("Nobody waits for a call")
    empty_text = gettext_lazy("People ask for one on the portal or at the hotline.")

    def get_queryset(self) -> QuerySet[Call]:
        late = Case(When(due_on__lt=timezone.localdate(), then=Value(True)), default=Value(False))
        return Call.objects.visible_to(self.request.user).open().for_list().annotate(is_late=late)

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [(_("Complaints"), reverse("complaints:list")), (self.title, "")]


class CallEnterView(StaffPageMixin, FormPageMixin, FormView):
    """Writes down that a caller wants to be called later."""

    permission_required = _CALLS
    form_class = forms.AskForCallForm
    title = gettext_lazy("Somebody wants to be called")
    submit_label = gettext_lazy("Save")

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [(CallListView.title, reverse("complaints:calls")), (self.title, "")]

    def get_cancel_url(self) -> str:
        return reverse("complaints:calls")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        calls.ask_for_call(language=(get_language() or "ar")[:2], actor=self.request.user, **form.cleaned_data)
        return redirect("complaints:calls")


class CallView(StaffPageMixin, FormPageMixin, FormView):
    """One call: the number, what to say, what came of it. Reading the number is logged."""

    permission_required = _CALLS
    template_name = "complaints/call.html"
    form_class = forms.TryForm
    submit_label = gettext_lazy("Save")

    @property
    def call(self) -> Call:
        if not hasattr(self, "_call"):
            visible = Call.objects.visible_to(self.request.user).select_related("complaint")
            self._call = get_object_or_404(visible, pk=self.kwargs["pk"])
        return self._call

    def get_title(self) -> str:
        return _("Call back: {name}").format(name=self.call.name or _("name not given"))

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [(CallListView.title, reverse("complaints:calls")), (self.get_title(), "")]

    def get_cancel_url(self) -> str:
        return reverse("complaints:calls")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        call = calls.record_try(call=self.call, actor=self.request.user, **form.cleaned_data)
        if call.status == Call.Status.REACHED:
            messages.success(self.request, _("Reached. If they tell you something, write it down as a case."))
            return redirect(
                "complaints:enter" if self.request.user.has_perm("complaints.add_complaint") else "complaints:calls"
            )
        messages.success(self.request, _("The call is recorded."))
        return redirect("complaints:calls")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        call, user = self.call, self.request.user
        audit.disclose(reader=user, subject=call, fields=["phone", "name"], purpose="call back")
        # SECURITY: whom a case names does not learn of it here either.
        case = Complaint.objects.visible_to(user).filter(pk=call.complaint_id or 0).first()
        rows: list[tuple[Text, Any]] = [
            (_("Number"), formats.isolated_ltr(call.phone)),
            (_("Whom to ask for"), call.name or "—"),
            (_("When it suits"), call.get_wanted_display()),
            (_("Language"), call.get_language_display()),
            (_("To be called by"), formats.day(call.due_on)),
        ]
        if case is not None:
            rows.append((_("About the case"), formats.isolated_ltr(str(case))))
        return super().get_context_data(
            call=call,
            rows=rows,
            tries=list(call.tries.select_related("by")),
            earlier=calls.of_number(call.phone, user),
            **kwargs,
        )
