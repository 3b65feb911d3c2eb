"""Who is in a programme, and the verbs that pause and end."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from ministry.views.lists import Column, ListPage
from ministry.views.mixins import ConfirmPageMixin
from programs.filters import EnrolmentFilter
from programs.forms import EnrolmentStepForm
from programs.models import Enrolment, EnrolmentReason
from programs.services.enrolments import exit_enrolment, graduate_enrolment, resume_enrolment, suspend_enrolment
from programs.views.programs import ProgramPageMixin
from programs.workflows import ENROLMENT


class EnrolmentListView(ProgramPageMixin, ListPage):
    """The enrolments of a programme in the reader's areas."""

    permission_required = "programs.view_enrolment"
    filterset_class = EnrolmentFilter
    title = gettext_lazy("Enrolments")
    columns = (
        Column("household", gettext_lazy("Household"), is_header=True),
        Column("area", gettext_lazy("Area")),
        Column("status", gettext_lazy("Status")),
        Column("enrolled_on", gettext_lazy("Enrolled on"), ("enrolled_on",)),
        Column("recertify", gettext_lazy("To be recertified by")),
        Column("actions", gettext_lazy("Actions")),
    )
    row_template_name = "programs/_enrolment_row.html"
    empty_title = gettext_lazy("Nobody is enrolled yet")
    empty_text = gettext_lazy("Check eligibility, then admit the households that were found eligible.")

    def get_queryset(self) -> QuerySet[Enrolment]:
        return Enrolment.objects.filter(program=self.program).visible_to(self.request.user).for_list()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["today"] = timezone.localdate()
        for enrolment in context["page"]:
            enrolment.actions = [
                (VERBS[verb]["label"], reverse("programs:enrolment_verb", args=[self.program.code, enrolment.pk, verb]))
                for verb in ENROLMENT.available(status=enrolment.status, actor=self.request.user, area=enrolment.area)
            ]
        return context


VERBS: dict[str, dict[str, Any]] = {
    "suspend": {
        "service": suspend_enrolment,
        "label": gettext_lazy("Pause"),
        "question": gettext_lazy("Nothing is paid to this household until somebody resumes the enrolment."),
        "done": gettext_lazy("The enrolment is paused."),
        "bad": True,
    },
    "resume": {
        "service": resume_enrolment,
        "label": gettext_lazy("Resume"),
        "question": gettext_lazy("The household is paid again from the next payment cycle on."),
        "done": gettext_lazy("The enrolment goes on."),
        "bad": False,
    },
    "graduate": {
        "service": graduate_enrolment,
        "label": gettext_lazy("Graduate"),
        "question": gettext_lazy("The household leaves the programme today because it no longer needs it."),
        "done": gettext_lazy("The household has graduated."),
        "bad": False,
    },
    "exit": {
        "service": exit_enrolment,
        "label": gettext_lazy("End"),
        "question": gettext_lazy("The household leaves the programme today. Coming back takes a new admission."),
        "done": gettext_lazy("The enrolment has ended."),
        "bad": True,
    },
}


class EnrolmentVerbView(ProgramPageMixin, ConfirmPageMixin, FormView):
    """Ask for the reason before an enrolment is paused, resumed or ended."""

    template_name = "programs/enrolment_verb.html"
    form_class = EnrolmentStepForm

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if kwargs["verb"] not in VERBS:
            raise Http404
        self.verb = VERBS[kwargs["verb"]]
        self.is_destructive = self.verb["bad"]
        self.submit_label = self.verb["label"]

    def has_permission(self) -> bool:
        # Anywhere at all first: the household is looked up only for those who may have to do with it.
        user, permission = self.request.user, "programs.suspend_enrolment"
        return user.has_perm(permission) and user.has_perm(permission, self.enrolment.area)

    @property
    def enrolment(self) -> Enrolment:
        if not hasattr(self, "_enrolment"):
            visible = Enrolment.objects.visible_to(self.request.user).select_related("household__area", "program")
            self._enrolment = get_object_or_404(visible, program=self.program, pk=self.kwargs["enrolment"])
        return self._enrolment

    def get_title(self) -> str:
        return _("{verb}: household {reference}").format(
            verb=self.verb["label"], reference=self.enrolment.household.household_ref
        )

    def get_question(self) -> str:
        return self.verb["question"]

    def get_cancel_url(self) -> str:
        return reverse("programs:enrolment_list", args=[self.program.code])

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"verb": self.kwargs["verb"]}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        given = form.cleaned_data
        self.verb["service"](
            enrolment=self.enrolment, actor=self.request.user, reason=given["reason"], code=given["code"].code
        )
        messages.success(self.request, self.verb["done"])
        return redirect(self.get_cancel_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        grounds = EnrolmentReason.objects.filter(verb=self.kwargs["verb"], is_active=True)
        return super().get_context_data(
            enrolment=self.enrolment, grounds=grounds, returns=self.kwargs["verb"] in {"exit", "graduate"}, **kwargs
        )
