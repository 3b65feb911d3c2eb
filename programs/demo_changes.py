"""The demo's second check of Takaful: the fund has answered about more people, and some households stand otherwise."""

from decimal import Decimal

from django.db.models import QuerySet

from beneficiaries.models import Membership
from beneficiaries.services.formal_incomes import record_formal_incomes
from ministry import jobs
from ministry.actor import acting
from ministry.demo import Demo, register_step
from programs.models import Criterion, EligibilityChange, EligibilityDecision, EligibilityRun, Enrolment, Program
from programs.queries.eligibility import latest_run
from programs.services.eligibility import start_eligibility_check

_PROGRAM = "takaful"
_CEASED, _BECAME = 6, 4
_HIGH = Decimal("2400")


def _check_again(demo: Demo) -> str:
    program = Program.objects.get(code=_PROGRAM)
    run = latest_run(program)
    if run is None:
        return "nothing to compare"
    answers = [(ref, _HIGH) for ref in _heads_of(_enrolled(program))]
    answers += [(ref, Decimal(0)) for ref in _members_of(_kept_out_by_formal_income(run))]
    record_formal_incomes(answers=answers, actor=None, source="إجابات لاحقة من صندوق التأمينات (بيانات تجريبية)")
    actor = demo.person("program_officer")
    with acting(actor):
        jobs.run_now(start_eligibility_check(program=program, actor=actor, on_date=demo.on))
    return f"{EligibilityChange.objects.waiting().count()} changes of eligibility wait for a decision"


def _is_checked_again(demo: Demo) -> bool:
    return EligibilityRun.objects.complete().filter(version__program__code=_PROGRAM).count() != 1


def _enrolled(program: Program) -> list[int]:
    rows = Enrolment.objects.filter(program=program).enrolled().order_by("pk")
    return list(rows.values_list("household", flat=True)[:_CEASED])


def _kept_out_by_formal_income(run: EligibilityRun) -> list[int]:
    """Return households against which nothing stands but somebody's formal income."""
    criterion = Criterion.objects.filter(group__version=run.version, member_conditions__field="formal_income").first()
    if criterion is None:
        return []
    rows = EligibilityDecision.objects.filter(run=run, failed=[criterion.pk]).order_by("household_id")
    return list(rows.values_list("household", flat=True)[:_BECAME])


def _heads_of(households: list[int]) -> list[str]:
    return list(_current(households).filter(relationship="head").values_list("individual__person_ref", flat=True))


def _members_of(households: list[int]) -> list[str]:
    known = _current(households).filter(individual__formal_income_monthly__isnull=False)
    return list(known.values_list("individual__person_ref", flat=True))


def _current(households: list[int]) -> QuerySet[Membership]:
    return Membership.objects.current().filter(household__in=households).order_by("pk")


register_step("changes of eligibility", _check_again, is_done=_is_checked_again, order=250)
