"""Programmes and their versions at the staff's desk."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView

from ministry import formats
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import ConfirmPageMixin, FormPageMixin, StaffPageMixin
from programs.eligibility.checks import problems_of
from programs.eligibility.tree import rules_of
from programs.forms import CheckForm, NextVersionForm, NoteForm
from programs.models import EligibilityRun, Program, ProgramVersion
from programs.queries.eligibility import latest_run
from programs.queries.programs import programs_for_list, rules_in_words, version_before, versions_in_force
from programs.rule_editor.differences import differences
from programs.services import versions as verbs
from programs.services.eligibility import start_eligibility_check
from programs.workflows import PROGRAM_VERSION

Crumbs = list[tuple[str | Promise, str]]
_RUNS_SHOWN = 10


class ProgramListView(ListPage):
    """All programmes."""

    permission_required = "programs.view_program"
    model = Program
    title = gettext_lazy("Programmes")
    lead = gettext_lazy("What each programme asks and gives, who is eligible, and who is enrolled.")
    columns = (
        Column("name", gettext_lazy("Programme"), ("code",), is_header=True),
        Column("version", gettext_lazy("Version in force")),
        Column("enrolled", gettext_lazy("Enrolled"), ("enrolled",), numeric=True),
        Column("suspended", gettext_lazy("Paused"), ("suspended",), numeric=True),
    )
    default_sort = "name"
    row_template_name = "programs/_program_row.html"
    actions_template_name = "programs/_program_list_actions.html"
    empty_title = gettext_lazy("There is no programme yet")
    empty_text = gettext_lazy("Load the reference data, or add a programme in the administration.")

    def get_queryset(self) -> QuerySet[Program]:
        return programs_for_list()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            versions=versions_in_force(timezone.localdate()),
            may_see_conditions=self.request.user.has_perm("programs.view_complianceperiod"),
            **kwargs,
        )


class ProgramPageMixin(StaffPageMixin):
    """A page below one programme."""

    permission_required: str | tuple[str, ...] = "programs.view_program"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self._program: Program | None = None

    @property
    def program(self) -> Program:
        if self._program is None:
            self._program = get_object_or_404(Program, code=self.kwargs["code"])
        return self._program

    def get_crumbs(self) -> Crumbs:
        return [
            (ProgramListView.title, reverse("programs:program_list")),
            (self.program.name, self.program.get_absolute_url()),
            (self.get_title(), ""),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(program=self.program, **kwargs)


class ProgramDetailView(ProgramPageMixin, TemplateView):
    """One programme: the version in force in words, its checks, its versions."""

    template_name = "programs/program_detail.html"
    actions_template_name = "programs/_program_actions.html"

    def get_title(self) -> str:
        return self.program.name

    def get_lead(self) -> str:
        return self.program.purpose

    def get_crumbs(self) -> Crumbs:
        return [*super().get_crumbs()[:1], (self.program.name, "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        version = versions_in_force(timezone.localdate()).get(self.program.pk)
        runs = EligibilityRun.objects.none()
        if user.has_perm("programs.view_eligibilityrun"):
            runs = EligibilityRun.objects.filter(version__program=self.program).select_related("version", "job")
        counted = programs_for_list().values("enrolled", "suspended").get(pk=self.program.pk)
        return super().get_context_data(
            version=version,
            components=version.components.all() if version else [],
            rules=rules_in_words(version) if version else None,
            versions=self.program.versions.select_related("approved_by").order_by("-number"),
            runs=runs.order_by("-id")[:_RUNS_SHOWN],
            latest=latest_run(self.program),
            **counted,
            can_check=version is not None and user.has_perm("programs.add_eligibilityrun", verbs.country()),
            can_see_enrolments=user.has_perm("programs.view_enrolment"),
            can_see_applicants=user.has_perm("programs.view_application"),
            can_see_changes=user.has_perm("programs.view_eligibilitychange"),
            **kwargs,
        )


class StartCheckView(ProgramPageMixin, FormPageMixin, FormView):
    """Start a check of the programme."""

    permission_required = "programs.add_eligibilityrun"
    binds_country = True
    template_name = "components/form_page.html"
    form_class = CheckForm
    title = gettext_lazy("Check eligibility")
    lead = gettext_lazy("Every household of the register is decided anew. Nobody is enrolled by it.")
    submit_label = gettext_lazy("Start the check")

    def get_cancel_url(self) -> str:
        return self.program.get_absolute_url()

    def form_valid(self, form: BaseForm) -> HttpResponse:
        job = start_eligibility_check(
            program=self.program, actor=self.request.user, on_date=form.cleaned_data["on_date"]
        )
        return redirect("job_detail", job.pk)


class VersionPageMixin(ProgramPageMixin):
    """A page about one version."""

    permission_required: str | tuple[str, ...] = "programs.view_programversion"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self._version: ProgramVersion | None = None

    @property
    def version(self) -> ProgramVersion:
        if self._version is None:
            self._version = get_object_or_404(
                ProgramVersion.objects.select_related("prepared_by", "submitted_by", "approved_by", "scoring_model"),
                program=self.program,
                number=self.kwargs["number"],
            )
        return self._version

    def get_title(self) -> str:
        return _("{program}: version {number}").format(
            program=self.program.name, number=formats.number(self.version.number)
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(version=self.version, **kwargs)


class VersionDetailView(VersionPageMixin, TemplateView):
    """One version in words: rules, amounts, sources, and who put it in force."""

    template_name = "programs/version_detail.html"
    actions_template_name = "programs/_version_actions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        version, user = self.version, self.request.user
        # What leads on comes first, and is the page's main button.
        available = sorted((verb for verb in verbs_of(version, user) if verb in VERBS), key=lambda v: VERBS[v]["bad"])
        return super().get_context_data(
            conditions=self.version.conditions.all(),
            components=version.components.all(),
            rules=rules_in_words(version),
            problems=[problem.reason for problem in problems_of(rules_of(version)) if problem.criterion_id is None],
            actions=[(VERBS[verb]["label"], reverse_verb(version, verb)) for verb in available],
            can_edit=version.status == "draft" and user.has_perm("programs.change_programversion", verbs.country()),
            can_copy=user.has_perm("programs.change_programversion", verbs.country()),
            can_compare=version.status in {"draft", "submitted"}
            and rights_over_versions(user)
            and not problems_of(rules_of(version)),
            **kwargs,
        )


def rights_over_versions(user: Any) -> bool:
    """Return whether the person writes or approves what programmes ask and give."""
    rights = ("programs.change_programversion", "programs.approve_programversion")
    return any(user.has_perm(right, verbs.country()) for right in rights)


def verbs_of(version: ProgramVersion, user: Any) -> list[str]:
    """Return the verbs open to the person, «approve» left out for who wrote or submitted it."""
    available = PROGRAM_VERSION.available(status=version.status, actor=user, area=verbs.country())
    if user.pk in {version.prepared_by_id, version.submitted_by_id, *version.edited_by_ids}:
        available = [verb for verb in available if verb != "approve"]
    return available


def reverse_verb(version: ProgramVersion, verb: str) -> str:
    return reverse("programs:version_verb", args=[version.program.code, version.number, verb])


VERBS: dict[str, dict[str, Any]] = {
    "submit": {
        "service": verbs.submit_version,
        "label": gettext_lazy("Submit for approval"),
        "question": gettext_lazy("Its rules and amounts are fixed until the second person has decided."),
        "done": gettext_lazy("The version waits for a second person."),
        "bad": False,
    },
    "send_back": {
        "service": verbs.send_back_version,
        "label": gettext_lazy("Send back"),
        "question": gettext_lazy("It becomes a draft again. Say what has to be changed."),
        "done": gettext_lazy("The version is a draft again."),
        "bad": True,
    },
    "approve": {
        "service": verbs.approve_version,
        "label": gettext_lazy("Put in force"),
        "question": gettext_lazy(
            "From its first day on, households are decided and paid by it. The version before ends the day before."
        ),
        "done": gettext_lazy("The version is in force from its first day on."),
        "bad": False,
    },
    "withdraw": {
        "service": verbs.withdraw_version,
        "label": gettext_lazy("Withdraw"),
        "question": gettext_lazy("The version is set aside for good. It stays readable."),
        "done": gettext_lazy("The version is withdrawn."),
        "bad": True,
    },
}


class VersionVerbView(VersionPageMixin, ConfirmPageMixin, FormView):
    """Ask before a version is submitted, sent back, put in force or withdrawn."""

    template_name = "programs/version_verb.html"
    form_class = NoteForm

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if kwargs["verb"] not in VERBS:
            raise Http404
        self.verb = VERBS[kwargs["verb"]]
        self.is_destructive = self.verb["bad"]
        self.submit_label = self.verb["label"]

    def has_permission(self) -> bool:
        return self.request.user.has_perm(PROGRAM_VERSION.permission_of(self.kwargs["verb"]), verbs.country())

    def get_title(self) -> str:
        return _("{verb}: {version}").format(verb=self.verb["label"], version=super().get_title())

    def get_question(self) -> str:
        return self.verb["question"]

    def get_cancel_url(self) -> str:
        return self.version.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # Who hands a version on, or puts it in force, sees what changes for people.
        if self.kwargs["verb"] in {"submit", "approve"}:
            kwargs["difference"] = differences(self.version, version_before(self.version))
        return super().get_context_data(**kwargs)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        given = {"version": self.version, "actor": self.request.user}
        if self.kwargs["verb"] != "submit":
            given["note"] = form.cleaned_data["note"]
        self.verb["service"](**given)
        messages.success(self.request, self.verb["done"])
        return redirect(self.version.get_absolute_url())

    def get_form(self, form_class: type[BaseForm] | None = None) -> BaseForm:
        form = super().get_form(form_class)
        if self.kwargs["verb"] == "submit":
            del form.fields["note"]
        else:
            form.fields["note"].required = self.kwargs["verb"] == "send_back"
        return form


class NextVersionView(VersionPageMixin, FormPageMixin, FormView):
    """Copy a version into a new draft."""

    permission_required = "programs.change_programversion"
    binds_country = True
    template_name = "components/form_page.html"
    form_class = NextVersionForm
    submit_label = gettext_lazy("Make the draft")

    def get_title(self) -> str:
        return _("New version from version {number}").format(number=formats.number(self.version.number))

    def get_cancel_url(self) -> str:
        return self.version.get_absolute_url()

    def form_valid(self, form: BaseForm) -> HttpResponse:
        draft = verbs.draft_next_version(
            version=self.version, actor=self.request.user, starts_on=form.cleaned_data["starts_on"]
        )
        messages.success(self.request, _("The draft is made. Change its rules and amounts, then submit it."))
        return redirect(draft.get_absolute_url())
