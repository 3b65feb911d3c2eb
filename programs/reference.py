"""Reference data: «تكافل» and «كرامة» with their historical public figures, as demonstration parameters.

Where the portal demonstrates, they are put in force by two people who cannot sign in. Elsewhere they come as drafts:
nothing binds until two people of the ministry have put it in force (see `ministry/docs/decisions`).
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ministry import reference
from ministry.models import User
from programs.eligibility.checks import refuse_unsound
from programs.eligibility.tree import rules_of
from programs.models import (
    BenefitComponent,
    Condition,
    Criterion,
    LadderRung,
    MemberCondition,
    Program,
    ProgramVersion,
    RuleGroup,
)

# A household scores from 0 (poorest) upwards; below the line it counts as poor.
POVERTY_LINE = "45"
# Monthly formal income, in pounds, above which a member is taken to be provided for.
FORMAL_INCOME_LIMIT = "400"
_STARTS_ON = dt.date(2015, 3, 1)
_SOURCE = (
    "أرقام تاريخية منشورة لبرنامج «تكافل وكرامة» عند انطلاقه في 2015، للعرض فقط: خط الدرجة وحد الدخل الرسمي افتراضيان، "
    "ولا يُستحق بها شيء قبل أن تعتمد الوزارة معاييرها.\n"
    "Historical public figures of the Takaful and Karama programme as launched in 2015, for demonstration only: the "
    "line of the score and the limit of formal income are assumed, and nothing is due until the ministry approves "
    "its own."
)


@dataclass(frozen=True)
class _Criterion:
    """A criterion as shipped; with `members` it counts them, else it asks a fact."""

    wording_ar: str
    wording_en: str
    operator: str
    value: str
    fact: str = ""
    members: tuple[tuple[str, str, str], ...] = ()
    when_unknown: str = "needs_information"
    note_ar: str = ""
    note_en: str = ""


@dataclass(frozen=True)
class _Any:
    """One of these is enough."""

    criteria: tuple[_Criterion, ...]


@dataclass(frozen=True)
class _Component:
    """A monthly amount per member."""

    name_ar: str
    name_en: str
    amount: str
    age_from: int | None = None
    age_to: int | None = None
    severity_from: int | None = None


@dataclass(frozen=True)
class _Condition:
    """What is asked of members, over so many months."""

    code: str
    name_ar: str
    name_en: str
    age_from: int | None
    age_to: int | None
    measure: str
    at_least: str
    months: int
    source: str


@dataclass(frozen=True)
class _Rung:
    """A rung of the ladder; without `within` misses are counted in a row."""

    kind: str
    misses: int
    within: int | None = None
    share: str = "0"
    of_household: bool = False
    months: int = 0


@dataclass(frozen=True)
class _Program:
    """A programme with its first version."""

    code: str
    name_ar: str
    name_en: str
    purpose_ar: str
    purpose_en: str
    base: str
    members_max: int
    components: tuple[_Component, ...] = ()
    # All of them must hold.
    rules: "tuple[_Criterion | _Any, ...]" = field(default=())
    conditions: tuple[_Condition, ...] = ()
    ladder: tuple[_Rung, ...] = ()


_BELOW_THE_LINE = _Criterion(
    "درجة معيشة الأسرة دون خط الاستحقاق",
    "The household's welfare score lies below the line",
    "lt",
    POVERTY_LINE,
    fact="pmt_score",
)

_PROGRAMS = (
    _Program(
        "takaful",
        "تكافل",
        "Takaful",
        "دعم نقدي شهري للأسر الفقيرة التي تربي أطفالًا أو تنتظر مولودًا، ليبقى الأطفال في المدرسة وفي صحة جيدة.",
        "Monthly cash support for poor families who raise children or expect one, so that children stay in school and "
        "in good health.",
        base="325",
        members_max=2,
        components=(
            _Component(
                "طفل في سن المرحلة الابتدائية، من 6 إلى 11 سنة",
                "Child of primary age, 6 to 11 years",
                "60",
                6,
                11,
            ),
            _Component(
                "طفل في سن المرحلة الإعدادية، من 12 إلى 14 سنة",
                "Child of preparatory age, 12 to 14 years",
                "80",
                12,
                14,
            ),
            _Component(
                "طفل في سن المرحلة الثانوية، من 15 إلى 17 سنة",
                "Child of secondary age, 15 to 17 years",
                "100",
                15,
                17,
            ),
        ),
        rules=(
            _Any((
                _Criterion(
                    "في الأسرة طفل واحد على الأقل دون الثامنة عشرة",
                    "At least one child under 18 lives in the household",
                    "gte",
                    "1",
                    members=(("age", "lt", "18"),),
                ),
                _Criterion(
                    "في الأسرة امرأة حامل",
                    "A pregnant woman lives in the household",
                    "gte",
                    "1",
                    members=(("pregnant", "eq", "true"),),
                ),
            )),
            _BELOW_THE_LINE,
            _Criterion(
                "لا يزيد الدخل الرسمي لأي فرد في الأسرة على 400 جنيه شهريًا",
                "No member of the household has a formal income above 400 pounds a month",
                "eq",
                "0",
                members=(("formal_income", "gt", FORMAL_INCOME_LIMIT),),
                # The insurance fund has not answered for most people yet: an answer that has not come costs nobody
                # the support.
                when_unknown="passes",
                note_ar="إذا لم يرد صندوق التأمينات بعد فالشرط مستوفى: لا تُحرم أسرة بسبب رد لم يصل.",
                note_en="Where the insurance fund has not answered yet the condition counts as met: no household loses "
                "support for an answer that has not come.",
            ),
        ),
        # Assumed figures, to show how conditions work.
        conditions=(
            _Condition(
                "school-attendance",
                "حضور 80 % من أيام الدراسة لكل طفل من 6 إلى 18 سنة",
                "Children of 6 to 18 attend 80 % of school days",
                6,
                18,
                "attendance",
                "80",
                3,
                "education",
            ),
            _Condition(
                "clinic-visits",
                "أربع زيارات للوحدة الصحية في السنة لكل طفل دون السادسة",
                "Children under 6 are seen at the clinic four times a year",
                None,
                5,
                "clinic_visits",
                "4",
                12,
                "health",
            ),
        ),
        ladder=(
            _Rung("warning", 1),
            _Rung("reduction", 2, share="50", months=3),
            _Rung("reduction", 3, within=6, share="100", months=3),
            _Rung("suspension", 4, share="100", of_household=True, months=1),
            _Rung("exit_proposal", 5),
        ),
    ),
    _Program(
        "karama",
        "كرامة",
        "Karama",
        "دعم نقدي شهري لكبار السن وذوي الإعاقة الشديدة في الأسر الفقيرة، ليعيشوا بكرامة.",
        "Monthly cash support for older people and people with severe disabilities in poor households, so that they "
        "live in dignity.",
        base="0",
        members_max=3,
        components=(
            _Component("شخص بلغ 65 عامًا أو أكثر", "Person aged 65 or over", "350", age_from=65),
            _Component("شخص ذو إعاقة شديدة", "Person with a severe disability", "350", severity_from=4),
        ),
        rules=(
            _Any((
                _Criterion(
                    "في الأسرة شخص بلغ 65 عامًا أو أكثر",
                    "Somebody aged 65 or over lives in the household",
                    "gte",
                    "1",
                    members=(("age", "gte", "65"),),
                ),
                _Criterion(
                    "في الأسرة شخص ذو إعاقة شديدة (لا يستطيع إطلاقًا في مجال وظيفي واحد على الأقل)",
                    "Somebody with a severe disability lives in the household (cannot do at all in at least one "
                    "functional domain)",
                    "gte",
                    "1",
                    members=(("severity", "gte", "4"),),
                ),
            )),
            _BELOW_THE_LINE,
        ),
    ),
)  # fmt: skip


def load() -> int:
    """Load the shipped programmes that are missing and return the rows; those that exist are the ministry's own."""
    return sum(_load_program(shipped) for shipped in _PROGRAMS)


@transaction.atomic
def _load_program(shipped: _Program) -> int:
    program, added = Program.objects.get_or_create(
        code=shipped.code,
        defaults={
            "name_ar": shipped.name_ar,
            "name_en": shipped.name_en,
            "purpose_ar": shipped.purpose_ar,
            "purpose_en": shipped.purpose_en,
        },
    )
    if not added and program.versions.exists():
        return 0
    version = ProgramVersion.objects.create(
        program=program,
        number=1,
        starts_on=_STARTS_ON,
        base_amount=Decimal(shipped.base),
        component_members_max=shipped.members_max,
        source=_SOURCE,
        is_demonstration=True,
        prepared_by=_nobody("reference-data", "بيانات مرجعية"),
    )
    BenefitComponent.objects.bulk_create(
        BenefitComponent(
            version=version,
            name_ar=row.name_ar,
            name_en=row.name_en,
            amount=Decimal(row.amount),
            age_from=row.age_from,
            age_to=row.age_to,
            severity_from=row.severity_from,
        )
        for row in shipped.components
    )
    _load_conditions(shipped, version)
    root = RuleGroup.objects.create(version=version, kind=RuleGroup.Kind.ALL)
    criteria = 0
    for position, rule in enumerate(shipped.rules):
        if isinstance(rule, _Any):
            group = RuleGroup.objects.create(version=version, parent=root, kind=RuleGroup.Kind.ANY, position=position)
            for place, criterion in enumerate(rule.criteria):
                _load_criterion(criterion, group, place)
            criteria += len(rule.criteria)
        else:
            _load_criterion(rule, root, position)
            criteria += 1
    if settings.DEMO:
        _put_in_force(version)
    return int(added) + 1 + len(shipped.components) + len(shipped.conditions) + len(shipped.ladder) + criteria


def _load_conditions(shipped: _Program, version: ProgramVersion) -> None:
    Condition.objects.bulk_create(
        Condition(
            version=version,
            code=row.code,
            name_ar=row.name_ar,
            name_en=row.name_en,
            age_from=row.age_from,
            age_to=row.age_to,
            measure=row.measure,
            at_least=Decimal(row.at_least),
            months=row.months,
            source=row.source,
        )
        for row in shipped.conditions
    )
    LadderRung.objects.bulk_create(
        LadderRung(
            version=version,
            position=position,
            kind=row.kind,
            misses=row.misses,
            window_periods=row.within,
            share_percent=Decimal(row.share),
            of_household=row.of_household,
            months=row.months,
        )
        for position, row in enumerate(shipped.ladder, start=1)
    )


def _load_criterion(shipped: _Criterion, group: RuleGroup, position: int) -> None:
    criterion = Criterion.objects.create(
        group=group,
        position=position,
        subject=Criterion.Subject.FACT if shipped.fact else Criterion.Subject.MEMBER_COUNT,
        fact=shipped.fact,
        operator=shipped.operator,
        value=shipped.value,
        when_unknown=shipped.when_unknown,
        wording_ar=shipped.wording_ar,
        wording_en=shipped.wording_en,
        note_ar=shipped.note_ar,
        note_en=shipped.note_en,
    )
    MemberCondition.objects.bulk_create(
        MemberCondition(criterion=criterion, field=name, operator=operator, value=value)
        for name, operator, value in shipped.members
    )


def _put_in_force(version: ProgramVersion) -> None:
    """Put a shipped version in force in the name of two people who hold no role, so not by the verbs of services."""
    refuse_unsound(rules_of(version))
    version.submitted_by = version.prepared_by
    version.approved_by = _nobody("reference-approval", "اعتماد البيانات المرجعية")
    version.approved_at = timezone.now()
    version.status = ProgramVersion.Status.IN_FORCE
    version.save(update_fields=["submitted_by", "approved_by", "approved_at", "status"])


def _nobody(username: str, full_name: str) -> User:
    """Return the account in whose name reference data stands; nobody can sign in with it."""
    user = User.objects.filter(username=username).first()
    if user is None:
        user = User(username=username, full_name=full_name, is_active=False)
        user.set_unusable_password()
        user.save()
    return user


reference.register(load, name="programmes", order=200)
