"""What the desk shows of admissions: what waits for a second person, and free places for the next in the line."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ministry.models import Area, User
from ministry.slots import DeskTask, desk_tasks
from programs.models import AdmissionList, Application, PlacePlan, Program
from programs.queries.admissions import next_in_line, plan_in_force
from programs.queries.eligibility import latest_run


def admission_tasks(user: User) -> Iterable[DeskTask]:
    """Return what this person may decide about places, lists and offers."""
    country = Area.objects.root()
    if user.has_perm("programs.confirm_placeplan", country):
        for plan in PlacePlan.objects.filter(status="proposed").exclude(proposed_by=user).select_related("program"):
            yield DeskTask(
                text=_("Places to confirm: {program}").format(program=plan.program.name),
                url=reverse("programs:places", args=[plan.program.code]),
                tone="warn",
            )
    if user.has_perm("programs.confirm_admissionlist", country):
        for drawn in AdmissionList.objects.filter(status="drawn").exclude(prepared_by=user).select_related("program"):
            yield DeskTask(
                text=_("Ranked list to confirm: {program}").format(program=drawn.program.name),
                url=drawn.get_absolute_url(),
                count=drawn.within,
                tone="warn",
            )
    if user.has_perm("programs.offer_application"):
        yield from _free_places(user)
    if user.has_perm("programs.admit_application"):
        offered = Application.objects.visible_to(user, "programs.admit_application").filter(status="offered")
        offered = offered.exclude(offered_by=user)
        for program in Program.objects.filter(pk__in=offered.values("program")):
            yield DeskTask(
                text=_("Offered places, to be admitted: {program}").format(program=program.name),
                url=reverse("programs:applicant_list", args=[program.code]) + "?status=offered",
                count=offered.filter(program=program).count(),
                tone="info",
            )


def _free_places(user: User) -> Iterable[DeskTask]:
    today = timezone.localdate()
    waiting = Application.objects.visible_to(user, "programs.offer_application").filter(status="waiting")
    for program in Program.objects.filter(is_active=True, pk__in=waiting.values("program")):
        plan, run = plan_in_force(program, today), latest_run(program)
        if plan is None or run is None:
            continue
        following = [entry.application_id for entry in next_in_line(run, plan, today)]
        count = waiting.filter(pk__in=following).count()
        if count:
            yield DeskTask(
                text=_("Free places to offer: {program}").format(program=program.name),
                url=reverse("programs:places", args=[program.code]),
                count=count,
                tone="info",
            )


desk_tasks.register(admission_tasks, order=32)
