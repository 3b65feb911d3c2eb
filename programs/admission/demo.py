"""The demo's programme with limited places: applied, verified, ranked by one person and confirmed by another.

Everything goes through the services, with the people who would do it; what it asks and pays is assumed.
"""

from collections import Counter
from decimal import Decimal

from django.utils import timezone

from ministry import jobs
from ministry.actor import acting
from ministry.demo import Demo, register_step
from ministry.models import Area
from programs.models import Application, Criterion, Enrolment, Program, ProgramVersion, RuleGroup
from programs.queries.admissions import next_in_line, plan_in_force
from programs.queries.eligibility import latest_run
from programs.services import enrolments, versions
from programs.services.admissions import applications, lists, offers, plans
from programs.services.eligibility import start_eligibility_check

CODE = "winter-support"
# Of the applicants whose files are not verified so many are visited; half of the verified get in.
_VISITED = 6
_SOURCE = (
    "برنامج وأرقام للعرض فقط، ولا يُستحق بها شيء.\n"
    "A programme and figures for demonstration only; nothing is due by them."
)


def _create(demo: Demo) -> Program:
    """Write the programme's only version, and have another person put it in force."""
    writer = demo.person("program_officer")
    program = Program.objects.create(
        code=CODE,
        name_ar="دعم الشتاء",
        name_en="Winter support",
        purpose_ar="مبلغ شهري في أشهر الشتاء للأسر الأشد فقرًا، بعدد محدود من الأماكن في كل محافظة.",
        purpose_en="A monthly amount in winter for the poorest families, with limited places in each governorate.",
    )
    version = ProgramVersion.objects.create(
        program=program,
        number=1,
        starts_on=demo.on.replace(day=1),
        base_amount=Decimal("250"),
        source=_SOURCE,
        is_demonstration=True,
        prepared_by=writer,
    )
    root = RuleGroup.objects.create(version=version, kind=RuleGroup.Kind.ALL)
    Criterion.objects.create(
        group=root,
        subject=Criterion.Subject.FACT,
        fact="pmt_score",
        operator="lt",
        value="40",
        wording_ar="درجة معيشة الأسرة دون خط دعم الشتاء",
        wording_en="The household's welfare score lies below the line of winter support",
    )
    versions.submit_version(version=version, actor=writer)
    versions.approve_version(version=version, actor=demo.person("finance_manager"))
    with acting(writer):
        jobs.run_now(start_eligibility_check(program=program, actor=writer, on_date=demo.on))
    return program


def _admit(demo: Demo) -> str:
    program = _create(demo)
    officer, manager = demo.person("program_officer"), demo.person("finance_manager")
    run = latest_run(program)
    if run is None or not applications.take_over_from_check(run=run, actor=officer).done:
        return "nobody is eligible"
    applications.verify_by_register(program=program, actor=officer)
    # Half of the others at most: somebody is still to be visited.
    others = list(program.applications.filter(status="applied").order_by("pk"))
    for application in others[: min(_VISITED, len(others) // 2)]:
        applications.verify_application(application=application, actor=officer, proof="visit")
    verified = program.applications.filter(status="verified").select_related("household__area")
    governorates = list(Area.objects.governorates())
    by_area = Counter(
        next(area for area in governorates if row.household.area.path.startswith(area.path)) for row in verified
    )
    plan = plans.propose_places(
        program=program,
        places={area: (count + 1) // 2 for area, count in by_area.items()},
        monthly_limit=Decimal("60000"),
        starts_on=timezone.localdate(),
        reason="قرار توزيع أماكن دعم الشتاء (بيانات تجريبية)",
        actor=officer,
    )
    plans.decide_places(plan=plan, verb="confirm", actor=manager)
    drawn = lists.confirm_list(drawn=lists.draw_list(run=run, actor=officer), actor=manager)
    _move_on(demo, program)
    return f"{drawn.within} admitted, {drawn.waiting} wait"


def _move_on(demo: Demo, program: Program) -> None:
    """Let places become free: one household graduates, one leaves, one is paused; one free place is offered."""
    officer = demo.person("program_officer")
    steps = (
        (enrolments.graduate_enrolment, "own-project", "افتتحت الأسرة مشروع خياطة"),
        (enrolments.exit_enrolment, "own-wish", ""),
        (enrolments.suspend_enrolment, "inquiry", ""),
    )
    waiting = program.applications.filter(status="waiting").values_list("household__area__path", flat=True)
    crowded = {_governorate(path) for path in waiting}
    rows = list(Enrolment.objects.filter(program=program).select_related("household__area").order_by("pk"))
    # Where somebody waits first: it is their places that matter.
    rows.sort(key=lambda row: _governorate(row.household.area.path) not in crowded)
    for (verb, code, words), enrolment in zip(steps, rows, strict=False):
        verb(enrolment=enrolment, actor=officer, reason=words, code=code)
    today = timezone.localdate()
    run, plan = latest_run(program), plan_in_force(program, today)
    following = next_in_line(run, plan, today) if run and plan else []
    if following:
        offers.offer_place(application=program.applications.get(pk=following[0].application_id), actor=officer)


def _governorate(path: str) -> str:
    return "/".join(path.split("/")[:2])


def _is_admitted(_demo: Demo) -> bool:
    return Application.objects.filter(program__code=CODE).exists() or Program.objects.filter(code=CODE).exists()


register_step("limited places", _admit, is_done=_is_admitted, order=260)
