"""Pages of programmes, checks and enrolments, for the tests that visit every page: (name, role, path, query)."""

from collections.abc import Callable
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from ministry import jobs
from ministry.models import User
from programs.models import (
    AdmissionList,
    Application,
    Criterion,
    EligibilityChange,
    EligibilityDecision,
    Enrolment,
    PlacePlan,
    Program,
    ProgramVersion,
    WhatIf,
)
from programs.queries.eligibility import latest_run
from programs.services import enrolments, versions
from programs.services.what_if import start_what_if


def of_takaful(name: str, *more: Callable[[], object]) -> Callable[[], str]:
    """Return the path to a page below the demo"s Takaful."""
    return lambda: reverse(f"programs:{name}", args=["takaful", *(argument() for argument in more)])


def of_winter(name: str, *more: Callable[[], object]) -> Callable[[], str]:
    """Return the path to a page below the demo's programme with limited places."""
    return lambda: reverse(f"programs:{name}", args=["winter-support", *(argument() for argument in more)])


def an_applicant() -> int:
    """Return an open application, one that could be verified where there is one."""
    rows = Application.objects.filter(program__code="winter-support").open()
    return (rows.filter(status="applied").first() or rows.earliest("id")).pk


def a_ranked_list() -> int:
    """Return the demo's ranked list."""
    return AdmissionList.objects.filter(program__code="winter-support").earliest("id").pk


def a_plan() -> int:
    """Return the demo's plan of places."""
    return PlacePlan.objects.filter(program__code="winter-support").earliest("id").pk


def a_check() -> int:
    """Return the demo"s check of Takaful."""
    run = latest_run(Program.objects.get(code="takaful"))
    assert run is not None
    return run.pk


def a_draft(status: str = "draft") -> int:
    """Return the number of a version of Takaful in this state, copied from the one in force."""
    officer = User.objects.get(username="program_officer")
    versions_of = ProgramVersion.objects.filter(program__code="takaful")
    found = versions_of.filter(status=status).first()
    if found is None:
        found = versions.draft_next_version(
            version=versions_of.get(number=1), actor=officer, starts_on=timezone.localdate() + timedelta(days=90)
        )
        if status == "submitted":
            versions.submit_version(version=found, actor=officer)
    return found.number


def a_criterion(fact: str = "") -> Callable[[], int]:
    """Return the id of a condition of the draft: on this fact, or on members."""
    return lambda: Criterion.objects.filter(
        group__version__program__code="takaful", group__version__number=a_draft(), fact=fact
    ).earliest("pk").pk  # fmt: skip


def an_enrolment() -> int:
    """Return an enrolment that could be paused."""
    return Enrolment.objects.filter(program__code="takaful").enrolled().earliest("id").pk


def a_refused_household() -> int:
    """Return a household that the demo's latest check of Takaful found not eligible."""
    return EligibilityDecision.objects.filter(run=a_check(), decision="not_eligible").earliest("household").household_id


def a_change() -> int:
    """Return a household of Takaful that ceased to be eligible and waits for a decision."""
    waiting = EligibilityChange.objects.filter(program__code="takaful", status="open", kind="ceased").first()
    if waiting is None:
        enrolment = Enrolment.objects.filter(program__code="takaful").enrolled().earliest("id")
        waiting = EligibilityChange.objects.create(
            program=enrolment.program, household=enrolment.household, enrolment=enrolment, kind="ceased",
            run=enrolment.run, before="eligible", after="not_eligible",
        )  # fmt: skip
    return waiting.pk


def a_departed_household() -> int:
    """Return a household that left Takaful and is eligible again."""
    departed = Enrolment.objects.filter(program__code="takaful", status="exited").first()
    if departed is None:
        departed = enrolments.exit_enrolment(
            enrolment=Enrolment.objects.filter(program__code="takaful").enrolled().latest("id"),
            actor=User.objects.get(username="program_officer"),
            reason="انتقلت الأسرة إلى محافظة أخرى",
        )
    return departed.household_id


def a_comparison() -> str:
    """Return the path to a finished comparison of a draft of Takaful with the version in force."""
    done = WhatIf.objects.filter(program__code="takaful", completed_at__isnull=False).first()
    if done is None:
        draft = ProgramVersion.objects.get(program__code="takaful", number=a_draft())
        officer = User.objects.get(username="program_officer")
        jobs.run_now(start_what_if(version=draft, actor=officer))
        done = WhatIf.objects.get(version=draft)
    return done.get_absolute_url()


PROGRAM_PAGES: list[tuple[str, str, Callable[[], str] | None, str]] = [
    ("programs:public_program_list", "", None, ""),
    ("programs:public_program", "", of_takaful("public_program"), ""),
    ("programs:program_list", "program_officer", None, ""),
    ("programs:program_detail", "program_officer", of_takaful("program_detail"), ""),
    ("programs:program_detail", "auditor", lambda: reverse("programs:program_detail", args=["karama"]), ""),
    ("programs:check_start", "program_officer", of_takaful("check_start"), ""),
    ("programs:version_detail", "program_officer", of_takaful("version_detail", lambda: 1), ""),
    ("programs:version_detail", "finance_manager", of_takaful("version_detail", lambda: a_draft("submitted")), ""),
    ("programs:rules", "program_officer", of_takaful("rules", a_draft), ""),
    ("programs:rule_count", "program_officer", of_takaful("rule_count", a_draft), ""),
    ("programs:rule_criterion_add", "program_officer", of_takaful("rule_criterion_add", a_draft), ""),
    ("programs:rule_criterion", "program_officer", of_takaful("rule_criterion", a_draft, a_criterion()), ""),
    (
        "programs:rule_criterion",
        "program_officer",
        of_takaful("rule_criterion", a_draft, a_criterion("pmt_score")),
        "?fact",
    ),
    (
        "programs:rule_remove",
        "program_officer",
        of_takaful("rule_remove", a_draft, lambda: f"c{a_criterion('pmt_score')()}"),
        "",
    ),
    ("programs:what_if_start", "program_officer", of_takaful("what_if_start", a_draft), ""),
    ("programs:what_if_detail", "finance_manager", a_comparison, ""),
    ("programs:version_next", "program_officer", of_takaful("version_next", lambda: 1), ""),
    ("programs:version_verb", "program_officer", of_takaful("version_verb", a_draft, lambda: "submit"), ""),
    (
        "programs:version_verb",
        "finance_manager",
        of_takaful("version_verb", lambda: a_draft("submitted"), lambda: "approve"),
        "",
    ),
    ("programs:run_detail", "program_officer", of_takaful("run_detail", a_check), ""),
    ("programs:run_detail", "caseworker", of_takaful("run_detail", a_check), ""),
    ("programs:decision_list", "program_officer", of_takaful("decision_list", a_check), ""),
    ("programs:decision_list", "caseworker", of_takaful("decision_list", a_check), "?decision=not_eligible"),
    (
        "programs:decision_letter",
        "program_officer",
        of_takaful("decision_letter", a_check, a_refused_household),
        "",
    ),
    ("programs:enrolment_confirm", "program_officer", of_takaful("enrolment_confirm", a_check), ""),
    ("programs:readmit", "program_officer", of_takaful("readmit", a_check, a_departed_household), ""),
    ("programs:change_list", "program_officer", of_takaful("change_list"), ""),
    ("programs:change_hand_over", "program_officer", of_takaful("change_hand_over"), ""),
    (
        "programs:change_verb",
        "program_officer",
        of_takaful("change_verb", a_change, lambda: "propose_exit"),
        "",
    ),
    ("programs:applicant_list", "program_officer", of_winter("applicant_list"), ""),
    ("programs:applicant_create", "caseworker", of_winter("applicant_create"), ""),
    ("programs:applicant_take_over", "program_officer", of_winter("applicant_take_over"), ""),
    ("programs:applicant_verify_all", "program_officer", of_winter("applicant_verify_all"), ""),
    ("programs:applicant_verb", "program_officer", of_winter("applicant_verb", an_applicant, lambda: "verify"), ""),
    ("programs:applicant_verb", "program_officer", of_winter("applicant_verb", an_applicant, lambda: "withdraw"), ""),
    ("programs:admission_list_draw", "program_officer", of_winter("admission_list_draw"), ""),
    ("programs:admission_list", "finance_manager", of_winter("admission_list", a_ranked_list), ""),
    (
        "programs:admission_list_verb",
        "finance_manager",
        of_winter("admission_list_verb", a_ranked_list, lambda: "confirm"),
        "",
    ),
    ("programs:places", "program_officer", of_winter("places"), ""),
    ("programs:places", "auditor", lambda: reverse("programs:places", args=["karama"]), ""),
    ("programs:places_propose", "program_officer", of_winter("places_propose"), ""),
    (
        "programs:places_verb",
        "finance_manager",
        of_winter("places_verb", a_plan, lambda: "refuse"),
        "",
    ),
    ("programs:enrolment_list", "program_officer", of_winter("enrolment_list"), ""),
    ("programs:enrolment_verb", "program_officer", of_takaful("enrolment_verb", an_enrolment, lambda: "exit"), ""),
    ("programs:enrolment_list", "program_officer", of_takaful("enrolment_list"), ""),
    ("programs:enrolment_list", "caseworker", of_takaful("enrolment_list"), "?status=enrolled"),
    ("programs:enrolment_verb", "program_officer", of_takaful("enrolment_verb", an_enrolment, lambda: "suspend"), ""),
]

PROGRAM_NOT_PAGES = {
    "programs:decision_export": "hands out a file",
    "programs:decision_letter_file": "hands out a file",
    "programs:what_if_export": "hands out a file",
}
