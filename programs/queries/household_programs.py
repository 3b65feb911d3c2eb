"""What the household file shows of programmes: decisions with reasons, enrolments, moments of the timeline."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import Household
from beneficiaries.slots import Standing, TimelineItem
from ministry.exceptions import RuleViolation
from programs.eligibility.explain import Explanation, explain
from programs.models import Application, EligibilityDecision, EligibilityRun, Enrolment, Program
from programs.queries.admissions import Position, plan_in_force, position_of
from programs.queries.eligibility import latest_run
from programs.queries.programs import versions_in_force

if TYPE_CHECKING:
    from ministry.models import User


@dataclass(frozen=True)
class HouseholdProgram:
    """How a household stands to one programme."""

    program: Program
    run: EligibilityRun | None = None
    # What the latest check found; None where it was not asked (registered since).
    decision: EligibilityDecision | None = None
    # Why, by the facts as they stand now.
    explanation: Explanation | None = None
    enrolments: list[Enrolment] = field(default_factory=list)
    # The latest application, and its place in the line while it waits.
    application: Application | None = None
    position: Position | None = None
    # Whether the reader may enter an application.
    can_apply: bool = False

    @property
    def has_changed(self) -> bool:
        """Whether today's facts give another answer than the latest check did."""
        return (
            self.decision is not None
            and self.explanation is not None
            and self.decision.decision != self.explanation.decision
        )


def household_programs(household: Household, reader: "User") -> dict[str, Any]:
    """Return how a household stands to every programme in use, for the panel of its file."""
    today = timezone.localdate()
    versions = versions_in_force(today)
    enrolments: dict[int, list[Enrolment]] = {}
    if reader.has_perm("programs.view_enrolment", household.area):
        for enrolment in Enrolment.objects.filter(household=household).select_related("reason").order_by("-id"):
            enrolments.setdefault(enrolment.program_id, []).append(enrolment)
    applications: dict[int, Application] = {}
    if reader.has_perm("programs.view_application", household.area):
        for application in Application.objects.filter(household=household).select_related("household__area"):
            applications.setdefault(application.program_id, application)
    may_apply = reader.has_perm("programs.add_application", household.area)
    entries = []
    for program in Program.objects.order_by("code"):
        if not program.is_active and program.pk not in enrolments:
            continue
        run = latest_run(program)
        latest: Application | None = applications.get(program.pk)
        in_line = latest is not None and latest.status == Application.Status.WAITING
        is_open = latest is not None and latest.status in Application.OPEN
        is_in = any(enrolment.status != Enrolment.Status.EXITED for enrolment in enrolments.get(program.pk, []))
        decision = EligibilityDecision.objects.filter(run=run, household=household).first() if run else None
        entries.append(
            HouseholdProgram(
                program=program,
                run=run,
                decision=decision,
                explanation=_explanation(household, versions.get(program.pk), today),
                enrolments=enrolments.get(program.pk, []),
                application=latest,
                position=position_of(latest, plan_in_force(program, today)) if latest and in_line else None,
                can_apply=may_apply and program.is_active and not (is_open or is_in),
            )
        )
    return {"programs": entries}


def _explanation(household: Household, version: Any, on_date: dt.date) -> Explanation | None:
    if version is None:
        return None
    try:
        return explain(version, household_id=household.pk, on_date=on_date)
    except RuleViolation:
        # A fact the rules ask for has left the catalogue: the programme's page says so; the file still opens.
        return None


_TONES = {"eligible": "ok", "not_eligible": "bad", "needs_information": "warn"}


def household_standings(household_id: int, reader: "User") -> Iterable[Standing]:
    """Return how a household stands to each programme in force by the facts as they are now; read anew each time."""
    household = Household.objects.select_related("area").get(pk=household_id)
    if not reader.has_perm("programs.view_eligibilitydecision", household.area):
        return []
    today = timezone.localdate()
    versions = versions_in_force(today)
    admitted = dict(
        Enrolment.objects.filter(household=household, status__in=["enrolled", "suspended"]).values_list(
            "program_id", "status"
        )
    )
    standings = []
    for program in Program.objects.filter(pk__in={*versions, *admitted}).order_by("code"):
        explanation = _explanation(household, versions.get(program.pk), today)
        standings.append(
            Standing(
                code=program.code,
                title=str(program.name),
                answer=str(explanation.decision.label) if explanation else _("not asked any more"),
                tone=_TONES.get(explanation.decision.value, "") if explanation else "",
                is_granted=program.pk in admitted,
                url=program.get_absolute_url(),
            )
        )
    return standings


def household_moments(household: Household, reader: "User") -> Iterable[TimelineItem]:
    """Return admissions and departures of a household, for the timeline of its file."""
    if not reader.has_perm("programs.view_enrolment", household.area):
        return []
    items = []
    for enrolment in Enrolment.objects.filter(household=household).select_related("program", "confirmed_by"):
        items.append(
            TimelineItem(
                at=_noon(enrolment.enrolled_on),
                title=_("Admitted to {program}").format(program=enrolment.program.name),
                text=_("Confirmed by {name}.").format(name=enrolment.confirmed_by),
                tone="ok",
            )
        )
        if enrolment.ended_on:
            items.append(
                TimelineItem(
                    at=_noon(enrolment.ended_on),
                    title=_("Left {program}").format(program=enrolment.program.name),
                    text=enrolment.status_reason,
                    tone="bad",
                )
            )
    return items


def _noon(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))
