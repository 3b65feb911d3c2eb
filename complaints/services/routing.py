"""Where a case goes and who deals with it: never anybody whom it concerns."""

import datetime as dt

from django.db.models import Count
from django.utils import timezone

from complaints import rules
from complaints.models import Assignment, Category, Complaint, Level, Route
from complaints.querysets import OPEN
from ministry.models import Area, Role, StaffAssignment, User
from programs.models import ComplianceStep, Enrolment, Program

_LEVEL_OF = {
    Area.Level.UNIT: Level.UNIT,
    Area.Level.DISTRICT: Level.UNIT,
    Area.Level.GOVERNORATE: Level.DIRECTORATE,
    Area.Level.COUNTRY: Level.CENTRE,
}
# The areas in which somebody must be appointed to deal with cases of a level.
_APPOINTED_AT = {
    Level.DIRECTORATE: (Area.Level.GOVERNORATE, Area.Level.COUNTRY),
    Level.CENTRE: (Area.Level.COUNTRY,),
    Level.INSPECTOR: (Area.Level.COUNTRY,),
}


def office_for(*, category: Category, program: Program | None, area: Area) -> Area:
    """Return the office that deals with such a case: by the routes, else the office of the place itself."""
    fitting = {
        route.pk: route
        for route in Route.objects.select_related("office", "area")
        if route.category_id in (None, category.pk)
        and route.program_id in (None, program.pk if program else None)
        and (route.area is None or area.path.startswith(route.area.path))
    }
    best = rules.most_specific(
        (pk, route.category_id is not None, route.program_id is not None, len(route.area.path) if route.area else 0)
        for pk, route in fitting.items()
    )
    return fitting[best].office if best is not None else area


def level_of(office: Area) -> str:
    """Return the rung of the ladder an office stands on."""
    return _LEVEL_OF[Area.Level(office.level)]


def office_at(office: Area, level: str) -> Area:
    """Return the office above `office` that stands on a rung; the country's for the upper two."""
    wanted = {Level.DIRECTORATE: Area.Level.GOVERNORATE}.get(Level(level), Area.Level.COUNTRY)
    codes = office.path.strip("/").split("/")
    return Area.objects.filter(code__in=codes, level=wanted).first() or Area.objects.root() or office


def barred_officers(complaint: Complaint) -> set[int]:
    """Return who must not deal with a case: whom it names, who decided the contested matter, who decided it before.

    Source: Complaints Regulation, art. 11 (illustrative): nobody judges their own cause.
    """
    barred: set[int | None] = set(complaint.parties.filter(staff__isnull=False).values_list("staff_id", flat=True))
    for answer in complaint.resolutions.filter(round__lt=complaint.round):
        barred |= {answer.decided_by_id, answer.confirmed_by_id}
    if complaint.payment is not None:
        cycle = complaint.payment.cycle
        barred |= {cycle.prepared_by_id, cycle.submitted_by_id, cycle.approved_by_id, cycle.released_by_id}
        barred.add(complaint.payment.settled_by_id)
    if complaint.household_id and complaint.program_id:
        of_household = {"household": complaint.household_id, "program": complaint.program_id}
        barred |= set(Enrolment.objects.filter(**of_household).values_list("confirmed_by_id", flat=True))
        steps = ComplianceStep.objects.filter(
            enrolment__household=complaint.household_id, enrolment__program=complaint.program_id
        )
        barred |= set(steps.values_list("decided_by_id", flat=True))
    return {pk for pk in barred if pk is not None}


def candidates(office: Area, level: str) -> list[tuple[int, int, int]]:
    """Return who could deal with a case there: (nearness, person, open cases). Three statements."""
    codes = office.path.strip("/").split("/")
    ancestors = ["/".join(codes[: position + 1]) + "/" for position in range(len(codes))]
    able = Role.objects.filter(
        permissions__codename="handle_complaint", permissions__content_type__app_label="complaints"
    )
    appointed = StaffAssignment.objects.current(timezone.localdate()).filter(
        area__path__in=ancestors, role__in=list(able.values_list("pk", flat=True)), user__is_active=True
    )
    if level in _APPOINTED_AT:
        appointed = appointed.filter(area__level__in=_APPOINTED_AT[Level(level)])
    nearness: dict[int, int] = {}
    for user_id, path in appointed.values_list("user_id", "area__path"):
        nearness[user_id] = max(nearness.get(user_id, 0), len(path))
    counted = Complaint.objects.filter(officer__in=nearness, status__in=OPEN).values("officer").order_by()
    loads = dict(counted.annotate(cases=Count("pk")).values_list("officer", "cases"))
    return sorted((-near, user_id, loads.get(user_id, 0)) for user_id, near in nearness.items())


def lightest_officer(complaint: Complaint) -> int | None:
    """Return who gets a case: among the nearest office's free people the one with least to do; else further up."""
    barred, found = barred_officers(complaint), candidates(complaint.office, complaint.level)
    for near in sorted({near for near, _user, _load in found}):
        chosen = rules.lightest(((user, load) for n, user, load in found if n == near), barred)
        if chosen is not None:
            return chosen
    return None


def may_handle(complaint: Complaint, user: User) -> bool:
    """Tell whether a person is appointed for a case's office and level and no conflict of interest bars them."""
    able = {user_id for _near, user_id, _load in candidates(complaint.office, complaint.level)}
    return user.pk in able and user.pk not in barred_officers(complaint)


def place_of_right(complaint: Complaint, user: User, permission: str) -> Area:
    """Return where a person's right to a verb is looked for: the office that deals with a case, or where it lies."""
    return complaint.office if user.has_perm(permission, complaint.office) else complaint.area


def release(complaint: Complaint, *, at: dt.datetime) -> None:
    """End the present assignment of a locked case; the caller saves the case."""
    Assignment.objects.filter(complaint=complaint, ended_at__isnull=True).update(ended_at=at)
    complaint.officer = None


def assign(complaint: Complaint, officer: User, *, at: dt.datetime, by: User | None) -> None:
    """Give a locked case to an officer. Saves it; the case is in progress when somebody took or gave it."""
    release(complaint, at=at)
    Assignment.objects.create(
        complaint=complaint, officer=officer, round=complaint.round, level=complaint.level, by=by, at=at
    )
    complaint.officer = officer
    complaint.save()


def assign_lightest(complaint: Complaint, *, at: dt.datetime) -> User | None:
    """Give a locked case to whoever has least to do; it waits for everybody where nobody is free to take it."""
    chosen = lightest_officer(complaint)
    if chosen is None:
        complaint.save()
        return None
    officer = User.objects.get(pk=chosen)
    assign(complaint, officer, at=at, by=None)
    return officer
