"""The demo's funds: the state's budget for every programme, an association's and a donor's beside it."""

from decimal import Decimal

from ministry.demo import Demo, register_step
from programs.models import BudgetLine, FundingSource, Program
from programs.services import funding

# (source, name in Arabic, in English, kind, programme, share of the state's allotment in per cent)
_OTHERS = (
    ("orphans-association", "جمعية رعاية اليتيم الأهلية", "Orphan Care Association", "ngo", "karama", 3),
    ("solidarity-donor", "صندوق تحيا الخير", "Goodwill Fund", "private", "karama", 5),
)
# Enough for some nine months of what the demo's households are paid, so that the forecast has something to say.
_MONTHS = 9
_PER_HOUSEHOLD = Decimal(450)


def _open(demo: Demo, source: FundingSource, program: Program, year: int) -> BudgetLine:
    line = BudgetLine.objects.filter(source=source, program=program, year=year).first()
    return line or funding.open_budget_line(
        source=source, program=program, year=year, actor=demo.person("finance_officer")
    )


def _allot(demo: Demo, line: BudgetLine, amount: Decimal, reason: str) -> None:
    if line.entries.exists():
        return
    waiting = line.allotments.first() or funding.propose_allotment(
        line=line, amount=amount, reason=reason, actor=demo.person("finance_officer")
    )
    funding.confirm_allotment(allotment=waiting, actor=demo.person("finance_manager"))


def _years(demo: Demo) -> tuple[int, ...]:
    """Return the demo's year, the one before and the one to come."""
    return demo.on.year - 1, demo.on.year, demo.on.year + 1


def _amount(program: Program) -> Decimal:
    households = max(program.enrolments.enrolled().count(), 20)
    return (households * _PER_HOUSEHOLD * _MONTHS).quantize(Decimal(1))


def _fund(demo: Demo) -> str:
    """Open the state's lines and put money on them: proposed by one person, confirmed by another."""
    state = FundingSource.objects.get(code="state-budget")
    programs = list(
        Program.objects.filter(is_active=True, enrolments__isnull=False, place_plans__isnull=True).distinct()
    )
    for program in programs:
        for year in _years(demo):
            line = _open(demo, state, program, year)
            _allot(demo, line, _amount(program), f"اعتماد الباب الرابع لسنة {year}")
    return f"{len(programs)} programmes funded"


def _is_funded(demo: Demo) -> bool:
    unfunded = Program.objects.filter(is_active=True, enrolments__isnull=False, budget_lines__isnull=True)
    return not unfunded.filter(place_plans__isnull=True).exists()


def _add_other_sources(demo: Demo) -> str:
    """Open the lines of other sources once the cycles are under way, and leave one allotment to be confirmed."""
    year, said = demo.on.year, []
    for code, name_ar, name_en, kind, program_code, share in _OTHERS:
        program = Program.objects.filter(code=program_code, enrolments__isnull=False).first()
        if program is None:
            continue
        source, _made = FundingSource.objects.get_or_create(
            code=code, defaults={"name_ar": name_ar, "name_en": name_en, "kind": kind}
        )
        line = _open(demo, source, program, year)
        amount = (_amount(program) * share / 100).quantize(Decimal(1))
        _allot(demo, line, amount, "منحة موقعة ببروتوكول تعاون")
        if not line.allotments.filter(status="proposed").exists() and kind == "ngo":
            funding.propose_allotment(
                line=line, amount=amount, reason="الدفعة الثانية من المنحة", actor=demo.person("finance_officer")
            )
        said.append(code)
    return ", ".join(said)


def _has_other_sources(_demo: Demo) -> bool:
    wanted = [
        code
        for code, *_rest, program, _share in _OTHERS
        if Program.objects.filter(code=program, enrolments__isnull=False).exists()
    ]
    return BudgetLine.objects.filter(source__code__in=wanted).values("source").distinct().count() == len(wanted)


# Before the first cycle is opened, so that it is paid from the one line there is.
register_step("funds", _fund, is_done=_is_funded, order=215)
register_step("other sources of funds", _add_other_sources, is_done=_has_other_sources, order=235)
