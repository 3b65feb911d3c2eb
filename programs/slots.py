"""What the programmes put into the pages of the core and of the household file."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from beneficiaries.slots import (
    HouseholdMoney,
    HouseholdPanel,
    MergeShare,
    household_money,
    household_panels,
    household_standings,
    merge_shares,
    timeline_sources,
)
from ministry import formats
from ministry.slots import DeskFigure, DeskTask, MenuEntry, ServiceCard, desk_figures, desk_tasks, menu, service_cards
from programs.models import EligibilityChange, Enrolment, Program, ProgramVersion
from programs.queries import household_programs as of_household
from programs.queries.admissions import plan_in_force
from programs.queries.double_benefit import DUE, PAID_TWICE
from programs.queries.eligibility import latest_run
from programs.queries.enrolments import admission_counts
from programs.queries.programs import versions_in_force
from programs.services.merges import (
    carry_debts,
    carry_enrolments,
    obstacles_to_parting,
    obstacles_to_returning_debts,
)

if TYPE_CHECKING:
    from ministry.models import User


def register() -> None:
    """Register menu entry, service card, tasks, figures and the household file's panel."""
    menu.register(
        MenuEntry(
            label=_("Programmes"),
            url_name="programs:program_list",
            permissions=("programs.view_program",),
            icon="heart",
            prefixes=("/desk/programs/", "/desk/conditions/"),
        ),
        order=30,
    )
    service_cards.register(
        ServiceCard(
            title=_("Programmes and who qualifies"),
            text=_("What each programme pays, and what it asks of your family."),
            url_name="programs:public_program_list",
            icon="heart",
        ),
        order=10,
    )
    desk_tasks.register(_tasks, order=30)
    desk_figures.register(_figures, order=30)
    household_panels.register(
        HouseholdPanel(
            code="programs",
            title=_("Programmes"),
            template_name="programs/_household_panel.html",
            context=of_household.household_programs,
            permission="programs.view_eligibilitydecision",
        ),
        order=20,
    )
    timeline_sources.register(of_household.household_moments)
    household_standings.register(of_household.household_standings)
    household_money.register(HouseholdMoney("programs.view_payment", DUE, PAID_TWICE))
    merge_shares.register(MergeShare(carry_enrolments, obstacles_to_parting))
    merge_shares.register(MergeShare(carry_debts, obstacles_to_returning_debts))


def _tasks(user: "User") -> Iterable[DeskTask]:
    if user.has_perm("programs.approve_programversion"):
        waiting = ProgramVersion.objects.filter(status="submitted").exclude(submitted_by=user).exclude(prepared_by=user)
        for version in waiting.select_related("program"):
            yield DeskTask(
                text=_("Put in force or send back: version {number} of {program}").format(
                    number=formats.number(version.number), program=version.program.name
                ),
                url=version.get_absolute_url(),
                tone="warn",
            )
    changes = EligibilityChange.objects.visible_to(user, "programs.decide_eligibilitychange").waiting()
    for program in Program.objects.filter(pk__in=changes.values("program")).annotate(
        waiting=Count("eligibility_changes", filter=Q(eligibility_changes__in=changes))
    ):
        yield DeskTask(
            text=_("Changes of eligibility to decide: {program}").format(program=program.name),
            url=reverse("programs:change_list", args=[program.code]),
            count=program.waiting,
            tone="warn",
        )
    paths = user.area_paths_with("programs.confirm_enrolment")
    if paths:
        for version in versions_in_force(timezone.localdate()).values():
            run = latest_run(version.program)
            if run is None or run.version_id != version.pk or plan_in_force(version.program, timezone.localdate()):
                continue
            new = admission_counts(run, paths).new
            if new:
                yield DeskTask(
                    text=_("Households to admit to {program}").format(program=version.program.name),
                    url=reverse("programs:enrolment_confirm", args=[version.program.code, run.pk]),
                    count=new,
                    tone="info",
                )


def _figures(user: "User") -> Iterable[DeskFigure]:
    if not user.has_perm("programs.view_enrolment"):
        return
    enrolled = Enrolment.objects.visible_to(user).enrolled().values("household").distinct().count()
    programs = Program.objects.filter(is_active=True).count()
    yield DeskFigure(
        label=_("Households enrolled"),
        value=formats.number(enrolled),
        url=reverse("programs:program_list"),
        note=ngettext("in {count} programme", "in {count} programmes", programs).format(count=formats.number(programs)),
    )
