"""Who applied to a programme, and what a person does about each."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import BaseForm, Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import FormView

from ministry import formats
from ministry.models import Area
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import ConfirmPageMixin, FormPageMixin
from programs.admission.filters import ApplicationFilter
from programs.admission.forms import ApplicationForm, VerifyForm
from programs.forms import ReasonForm
from programs.models import AdmissionList, Application
from programs.queries.admissions import plan_in_force, position_of
from programs.queries.eligibility import latest_run
from programs.services.admissions import applications as services
from programs.services.admissions import offers
from programs.views.programs import Crumbs, ProgramPageMixin
from programs.workflows import APPLICATION

APPLY, VERIFY = "programs.add_application", "programs.verify_application"

VERBS: dict[str, dict[str, Any]] = {
    "verify": {
        "service": services.verify_application,
        "form": VerifyForm,
        "label": gettext_lazy("Verify"),
        "question": gettext_lazy("You say that you have looked at the home, or at papers. Nobody is admitted by it."),
        "done": gettext_lazy("The application is verified. It is ranked with the next list."),
        "bad": False,
    },
    "refuse": {
        "service": services.refuse_application,
        "form": ReasonForm,
        "label": gettext_lazy("Refuse"),
        "question": gettext_lazy(
            "What was looked at does not bear the application out. The household can apply again."
        ),
        "done": gettext_lazy("The application is refused."),
        "bad": True,
    },
    "withdraw": {
        "service": services.withdraw_application,
        "form": ReasonForm,
        "label": gettext_lazy("Withdraw"),
        "question": gettext_lazy(
            "The household no longer applies, or declines the place. Its place in the line is lost."
        ),
        "done": gettext_lazy("The application is withdrawn."),
        "bad": True,
    },
    "offer": {
        "service": offers.offer_place,
        "form": Form,
        "label": gettext_lazy("Offer the place"),
        "question": gettext_lazy("The household is told that a place is free, and until when it can answer."),
        "done": gettext_lazy("The place is offered. A second person admits the household when it answers."),
        "bad": False,
    },
    "admit": {
        "service": offers.admit_applicant,
        "form": Form,
        "label": gettext_lazy("Admit"),
        "question": gettext_lazy("The household has accepted. It is in the programme from today."),
        "done": gettext_lazy("The household is in the programme."),
        "bad": False,
    },
    "lapse": {
        "service": offers.lapse_offer,
        "form": Form,
        "label": gettext_lazy("Take the offer back"),
        "question": gettext_lazy("Nobody has answered in time. The household waits on, and the place is free."),
        "done": gettext_lazy("The offer is taken back."),
        "bad": True,
    },
}


def verbs_of(application: Application, user: Any) -> list[str]:
    """Return the verbs open to a person; the offer is admitted by another, and taken back after its time only."""
    available = APPLICATION.available(status=application.status, actor=user, area=application.area)
    too_early = application.answer_by is not None and timezone.localdate() <= application.answer_by
    return [
        verb
        for verb in available
        if not (verb == "admit" and application.offered_by_id == user.pk)
        and not (verb == "lapse" and too_early)
        # Who is next stands on the page of places.
        and verb != "offer"
    ]


class ApplicantListView(ProgramPageMixin, ListPage):
    """The applicants of a programme in the reader's areas."""

    permission_required = "programs.view_application"
    filterset_class = ApplicationFilter
    title = gettext_lazy("Applicants")
    lead = gettext_lazy("Who applied, who was verified, who waits for a place. Nobody is admitted by a machine.")
    columns = (
        Column("household", gettext_lazy("Household"), is_header=True),
        Column("area", gettext_lazy("Area")),
        Column("status", gettext_lazy("Status")),
        Column("applied_on", gettext_lazy("Applied on"), ("applied_on",)),
        Column("rank", gettext_lazy("Rank"), ("rank",), numeric=True),
        Column("actions", gettext_lazy("Actions")),
    )
    row_template_name = "programs/_applicant_row.html"
    actions_template_name = "programs/_applicant_actions.html"
    empty_title = gettext_lazy("Nobody has applied yet")
    empty_text = gettext_lazy("Take over the households that a check found eligible, or enter an application.")

    def get_queryset(self) -> QuerySet[Application]:
        return Application.objects.filter(program=self.program).visible_to(self.request.user).for_list()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user = self.request.user
        for row in context["page"]:
            row.actions = [
                (VERBS[verb]["label"], reverse("programs:applicant_verb", args=[self.program.code, row.pk, verb]))
                for verb in verbs_of(row, user)
            ]
        drawn = AdmissionList.objects.filter(program=self.program).exclude(status="withdrawn").first()
        return context | {
            "run": latest_run(self.program),
            "can_apply": user.has_perm(APPLY),
            "can_verify": user.has_perm(VERIFY),
            "can_draw": user.has_perm("programs.add_admissionlist", Area.objects.root())
            and (drawn is None or drawn.status != "drawn"),
            "drawn": drawn if user.has_perm("programs.view_admissionlist") else None,
            "can_see_places": user.has_perm("programs.view_placeplan"),
        }


class BelowApplicants(ProgramPageMixin):
    """A page below the list of applicants."""

    def get_crumbs(self) -> Crumbs:
        crumbs = super().get_crumbs()
        return [*crumbs[:-1], (ApplicantListView.title, self.get_cancel_url()), crumbs[-1]]

    def get_cancel_url(self) -> str:
        return reverse("programs:applicant_list", args=[self.program.code])


class ApplicantCreateView(BelowApplicants, FormPageMixin, FormView):
    """Enters an application."""

    permission_required = APPLY
    form_class = ApplicationForm
    title = gettext_lazy("Enter an application")
    submit_label = gettext_lazy("Enter the application")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_initial(self) -> dict[str, Any]:
        return {"household": self.request.GET.get("household", "")[:40]}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        household = form.cleaned_data["household"]
        services.apply_for_household(
            program=self.program,
            household=household,
            actor=self.request.user,
            partner_name=form.cleaned_data["partner_name"],
        )
        messages.success(self.request, _("The application is entered. It is to be verified next."))
        return redirect(f"{self.get_cancel_url()}?q={household.household_ref}")


class TakeOverView(BelowApplicants, ConfirmPageMixin, FormView):
    """Makes applicants of those whom the latest check found eligible."""

    permission_required = APPLY
    form_class = Form
    is_destructive = False
    title = gettext_lazy("Take over eligible households")
    submit_label = gettext_lazy("Take them over")
    question = gettext_lazy(
        "Every household in your areas that the latest check found eligible, and that never was in the programme, "
        "becomes an applicant. Nobody is admitted by this step."
    )

    def form_valid(self, form: BaseForm) -> HttpResponse:
        run = latest_run(self.program)
        if run is None:
            raise Http404
        done = services.take_over_from_check(run=run, actor=self.request.user).done
        text = ngettext("{count} household is an applicant now.", "{count} households are applicants now.", done)
        messages.success(self.request, text.format(count=formats.number(done)))
        return redirect(f"{self.get_cancel_url()}?status=applied")


class VerifyByRegisterView(BelowApplicants, ConfirmPageMixin, FormView):
    """Verifies all whose household files were verified in the register."""

    permission_required = VERIFY
    form_class = Form
    is_destructive = False
    title = gettext_lazy("Verify by the register")
    submit_label = gettext_lazy("Verify them")
    question = gettext_lazy(
        "Every applicant in your areas whose household file a caseworker has verified in the register counts as "
        "verified. The others are looked at one by one."
    )

    def form_valid(self, form: BaseForm) -> HttpResponse:
        result = services.verify_by_register(program=self.program, actor=self.request.user)
        done = ngettext("{count} application was verified.", "{count} applications were verified.", result.done)
        messages.success(self.request, done.format(count=formats.number(result.done)))
        if result.left:
            left = ngettext(
                "{count} file is not verified in the register yet.",
                "{count} files are not verified in the register yet.",
                result.left,
            )
            messages.info(self.request, left.format(count=formats.number(result.left)))
        return redirect(self.get_cancel_url())


class ApplicantVerbView(BelowApplicants, ConfirmPageMixin, FormView):
    """Asks before something is decided about one applicant."""

    template_name = "programs/applicant_verb.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if kwargs["verb"] not in VERBS:
            raise Http404
        self.verb = VERBS[kwargs["verb"]]
        self.is_destructive = self.verb["bad"]
        self.submit_label = self.verb["label"]

    def has_permission(self) -> bool:
        # Anywhere at all first: the household is looked up only for those who may have to do with it.
        user, permission = self.request.user, APPLICATION.permission_of(self.kwargs["verb"])
        return user.has_perm(permission) and user.has_perm(permission, self.application.area)

    @cached_property
    def application(self) -> Application:
        visible = Application.objects.visible_to(self.request.user).for_list()
        return get_object_or_404(visible, program=self.program, pk=self.kwargs["application"])

    def get_form_class(self) -> type[BaseForm]:
        return self.verb["form"]

    def get_title(self) -> str:
        return _("{verb}: household {reference}").format(
            verb=self.verb["label"], reference=self.application.household.household_ref
        )

    def get_question(self) -> str:
        return self.verb["question"]

    def form_valid(self, form: BaseForm) -> HttpResponse:
        self.verb["service"](application=self.application, actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, self.verb["done"])
        if self.kwargs["verb"] in {"offer", "admit", "lapse"} and self.request.user.has_perm("programs.view_placeplan"):
            return redirect(reverse("programs:places", args=[self.program.code]))
        return redirect(self.get_cancel_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # The address's own `application` is a number.
        plan = plan_in_force(self.program, timezone.localdate())
        here = {"application": self.application, "position": position_of(self.application, plan)}
        return super().get_context_data(**(kwargs | here))
