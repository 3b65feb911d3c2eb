"""The demo's sample: some households of the first paid month, asked whether they received what the list says."""

from decimal import Decimal

from django.utils import timezone

from ministry.demo import Demo, register_step
from programs.models import PaymentCycle, VerificationSample, VerificationVisit
from programs.services import verification

_SIZE = 40
# Of the households asked, every so many-th was not found, or had received less. Some are still to be asked.
_NOT_FOUND_EVERY, _LESS_EVERY, _TO_BE_ASKED = 13, 19, 8
_PROGRAM = "takaful"

Result = VerificationVisit.Result


def _first_month() -> PaymentCycle | None:
    return PaymentCycle.objects.filter(program__code=_PROGRAM, status=PaymentCycle.Status.CLOSED).first()


def _verify(demo: Demo) -> str:
    cycle = _first_month()
    if cycle is None:
        return "nothing to look up"
    size = min(_SIZE, cycle.lines)
    sample = cycle.samples.first() or verification.draw_sample(cycle=cycle, size=size, actor=demo.person("auditor"))
    open_visits = sample.visits.filter(result="").select_related("entitlement")
    for visit in list(open_visits[: max(size - _TO_BE_ASKED, 1)]):
        result, amount, note = Result.FOUND, None, ""
        if visit.position % _NOT_FOUND_EVERY == 0:
            result, note = Result.NOT_FOUND, "انتقلت الأسرة إلى محافظة أخرى ولم يُستدل على عنوانها الجديد"
        elif visit.position % _LESS_EVERY == 0:
            amount = (visit.entitlement.amount * 9 / 10).quantize(Decimal(1))
            result, note = Result.OTHER_AMOUNT, "خُصم جزء من المبلغ عند منفذ الصرف بحسب قول الأسرة"
        verification.enter_result(
            visit=visit,
            result=result,
            visited_on=timezone.localdate(),
            amount_found=amount,
            note=note,
            actor=demo.person("program_officer"),
        )
    return f"{size} drawn"


def _is_verified(_demo: Demo) -> bool:
    return _first_month() is None or VerificationSample.objects.exists()


register_step("verification", _verify, is_done=_is_verified, order=228)
