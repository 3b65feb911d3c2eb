"""The demo's conditions: one quarter of Takaful, from the school authority's file to an excuse and an appeal.

Everything but the date of admission goes through the services, with the people who would do it.
"""

import csv
import datetime as dt
from io import StringIO

from django.core.files.base import ContentFile

from beneficiaries.models import Membership
from beneficiaries.rules import years_before
from ministry import jobs
from ministry.demo import Demo, register_step
from ministry.models import Area
from programs.models import CompliancePeriod, ComplianceRecord, Enrolment, Program, ProgramVersion
from programs.services.compliance import decisions, periods, uploads

_PROGRAM = "takaful"
_CONDITION = "school-attendance"
_MONTHS = 3
Status = CompliancePeriod.Status


def _first_day(on: dt.date) -> dt.date:
    """Return the first day of the last quarter that is over."""
    this_quarter = dt.date(on.year, (on.month - 1) // 3 * 3 + 1, 1)
    return periods.months_later(this_quarter, -_MONTHS)


def _backdate(demo: Demo) -> str:
    """Let the demo's households have been admitted before the quarter: a ministry is not a day old."""
    admitted_on = _first_day(demo.on) - dt.timedelta(days=30)
    moved = Enrolment.objects.filter(enrolled_on__gt=admitted_on, ended_on__isnull=True).update(enrolled_on=admitted_on)
    return f"{moved} households were admitted on {admitted_on}"


def _is_backdated(demo: Demo) -> bool:
    return (
        not _is_possible(demo)
        or CompliancePeriod.objects.filter(program__code=_PROGRAM).exists()
        or (not Enrolment.objects.filter(enrolled_on__gte=_first_day(demo.on), ended_on__isnull=True).exists())
    )


def _is_possible(demo: Demo) -> bool:
    """Tell whether anybody is enrolled and the version of that quarter asks for attendance."""
    version = ProgramVersion.objects.filter(program__code=_PROGRAM).in_force(_first_day(demo.on)).first()
    return (
        version is not None
        and version.conditions.filter(code=_CONDITION, months=_MONTHS).exists()
        and Enrolment.objects.filter(program__code=_PROGRAM).enrolled().exists()
    )


def _look_at_a_quarter(demo: Demo) -> str:
    program = Program.objects.get(code=_PROGRAM)
    officer = demo.person("program_officer")
    starts_on = _first_day(demo.on)
    period = CompliancePeriod.objects.filter(program=program, months=_MONTHS, starts_on=starts_on).first()
    period = period or periods.open_compliance_period(
        program=program, starts_on=starts_on, months=_MONTHS, actor=officer
    )
    if period.status == Status.OPEN:
        if not period.uploads.exists():
            content = ContentFile(_attendance(period).encode(), name=f"attendance-{starts_on:%Y-%m}.csv")
            uploads.take_in_reports(period=period, upload=content, source="education", actor=officer)
        jobs.run_now(
            periods.close_compliance_period(period=period, actor=demo.person("finance_manager"), tell_worker=False)
        )
    _contest(demo, period)
    return f"{period.records.count()} findings, {period.steps.count()} steps"


def _attendance(period: CompliancePeriod) -> str:
    """Return the file of the school authority: most attend, some do not, a school was closed, two rows match nobody."""
    out = StringIO()
    rows = csv.writer(out)
    rows.writerow(uploads.COLUMNS)
    members = (
        Membership.objects.filter(
            household__enrolments__program=period.program_id,
            household__enrolments__status=Enrolment.Status.ENROLLED,
            left_on__isnull=True,
            individual__birth_date__lte=years_before(period.starts_on, 6),
            individual__birth_date__gt=years_before(period.ends_on, 19),
        )
        .order_by("individual")
        .values_list("individual", "individual__person_ref")
        .distinct()
    )
    for number, (_person, ref) in enumerate(members.iterator()):
        match number % 20:
            case 0 | 11:
                rows.writerow([ref, _CONDITION, 52 + number % 25, "open"])
            case 5:
                rows.writerow([ref, _CONDITION, "", "closed"])
            case 7:
                pass
            case _:
                rows.writerow([ref, _CONDITION, 82 + number % 19, "open"])
    rows.writerow(["31402150123456", _CONDITION, 91, "open"])
    rows.writerow(["S-2207", _CONDITION, "غائب", "open"])
    return out.getvalue()


def _contest(demo: Demo, period: CompliancePeriod) -> None:
    """Let the caseworker bring an excuse and an appeal for households of hers, where any missed the condition."""
    caseworker = demo.person("caseworker")
    paths = caseworker.area_paths_with("programs.add_excuse")
    areas = Area.objects.filter(path__startswith=paths[0]) if paths else Area.objects.none()
    missed = ComplianceRecord.objects.filter(
        period=period, outcome="not_met", enrolment__household__area__in=areas, excuses__isnull=True
    ).order_by("pk")[:2]
    for position, record in enumerate(missed):
        if position == 0:
            decisions.file_excuse(
                record=record,
                actor=caseworker,
                reason="كان الطفل في المستشفى ثلاثة أسابيع، والتقرير الطبي في ملف الأسرة",
            )
            continue
        step = period.steps.get(enrolment=record.enrolment_id, individual=record.individual_id)
        decisions.file_appeal(step=step, actor=caseworker, reason="نُقل الطفل إلى مدرسة أخرى ولم يُسجل حضوره فيها")


def _is_looked_at(demo: Demo) -> bool:
    return (
        not _is_possible(demo) or CompliancePeriod.objects.filter(program__code=_PROGRAM, status=Status.CLOSED).exists()
    )


register_step("length of membership", _backdate, is_done=_is_backdated, order=215)
register_step("conditions", _look_at_a_quarter, is_done=_is_looked_at, order=240)
