"""What a sweep of the register costs, and one household's reasons."""

import datetime as dt
from decimal import Decimal
from functools import partial
from random import Random

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from beneficiaries.models import Household, HouseholdFacts, Membership
from beneficiaries.rules import completed_years
from beneficiaries.services.facts import refresh_facts
from ministry.benchmarks import Bench, Measurement, benchmark
from ministry.models import User
from programs.eligibility import storage
from programs.eligibility.compiler import Keys
from programs.eligibility.explain import explain
from programs.eligibility.sweep import key_ranges
from programs.eligibility.what_if import Side, compare, side
from programs.models import (
    Criterion,
    EligibilityDecision,
    EligibilityRun,
    MemberCondition,
    Program,
    ProgramVersion,
    RuleGroup,
)
from programs.services import eligibility as services

_LOOPED = 500
_ASKED = 1_000
_CODE = "bench"


def version() -> ProgramVersion:
    """Return a version with 12 criteria, 3 of them member counts, in nested groups; made at the first call."""
    found = ProgramVersion.objects.filter(program__code=_CODE).first()
    if found is not None:
        return found
    program = Program.objects.create(code=_CODE, name_ar="قياس")
    made = ProgramVersion.objects.create(
        program=program, number=1, starts_on=dt.date(2020, 1, 1), base_amount=Decimal(325)
    )
    root = RuleGroup.objects.create(version=made, kind="all")
    people = RuleGroup.objects.create(version=made, parent=root, kind="any", position=1)
    goods = RuleGroup.objects.create(version=made, parent=root, kind="none", position=2)
    home = RuleGroup.objects.create(version=made, parent=root, kind="any", position=3)
    for condition in (("age", "lt", "18"), ("pregnant", "eq", "true"), ("age", "gte", "65")):
        criterion = Criterion.objects.create(
            group=people, subject="member_count", operator="gte", value="1", wording_ar="عدد"
        )
        field, operator, value = condition
        MemberCondition.objects.create(criterion=criterion, field=field, operator=operator, value=value)
    for group, fact, operator, value, when_unknown in (
        (root, "pmt_score", "lt", "45", "needs_information"),
        (root, "income_per_head", "lte", "2500", "passes"),
        (root, "governorate_poverty_rate", "gte", "5", "passes"),
        (goods, "computer", "eq", "true", "fails"),
        (goods, "tablets", "gte", "2", "fails"),
        (home, "persons_per_room", "gte", "1", "needs_information"),
        (home, "floor", "in", "earth,cement", "needs_information"),
        (home, "head_schooling_years", "lt", "9", "needs_information"),
        (home, "tenure", "in", "rented,precarious,borrowed", "needs_information"),
    ):
        Criterion.objects.create(
            group=group, fact=fact, operator=operator, value=value, when_unknown=when_unknown, wording_ar="معلومة"
        )
    first, second = (User.objects.create(username=f"bench-{n}", is_active=False) for n in (1, 2))
    made.prepared_by = made.submitted_by = first
    made.approved_by, made.approved_at = second, timezone.now()
    made.status = ProgramVersion.Status.IN_FORCE
    made.save()
    return made


def sweep(of: ProgramVersion) -> EligibilityRun:
    """Sweep as the job does: each step a transaction of its own."""
    with transaction.atomic():
        run = services.open_run(version=of, on_date=timezone.localdate())
    for keys in key_ranges():
        with transaction.atomic():
            services.decide_range(run=run, keys=keys)
    for step in (storage.add_keys, storage.check_keys):
        with transaction.atomic():
            step(run.pk)
    return services.complete_run(run=run)


def _drop_runs() -> None:
    for pk in EligibilityRun.objects.filter(pruned_at=None).values_list("pk", flat=True):
        with transaction.atomic():
            storage.drop_table(pk)
            EligibilityRun.objects.filter(pk=pk).update(pruned_at=timezone.now())


@benchmark(
    "eligibility",
    floor="member counts discarded + scan of facts discarded + writing the same decisions bare",
    goal=3,
    needs=["facts"],
)
def eligibility(bench: Bench) -> Measurement:
    """Sweep 12 criteria with 3 member counts: decisions and failing criteria stored, keys valid, attached."""
    rules = version()
    run = sweep(rules)
    compiler = services.compiler_of(run)
    members = compiler.member_counts(Keys())
    bench.sql("CREATE TABLE bench_ready AS SELECT * FROM programs_eligibilitydecision WHERE run_id = %s", [run.pk])
    bench.sql("CREATE TABLE bench_bare (LIKE bench_ready)")
    bench.settle()

    def floor() -> None:
        bench.discarded(members.sql, members.params)
        bench.discarded(
            "SELECT household_id, pmt_score, income_per_head, governorate_poverty_rate, computer, tablets,"
            " persons_per_room, floor, head_schooling_years, tenure FROM beneficiaries_householdfacts"
        )
        bench.sql("INSERT INTO bench_bare SELECT * FROM bench_ready")

    measured = bench.compare(
        work=lambda: sweep(rules),
        before=_drop_runs,
        floor=floor,
        before_floor=lambda: bench.sql("TRUNCATE bench_bare"),
        rows=bench.households,
    )
    last = EligibilityRun.objects.complete().latest("id")
    decided = last.eligible + last.not_eligible + last.needs_information
    if decided != Household.objects.active().count():
        raise RuntimeError(f"{decided} decisions for {Household.objects.active().count()} households")
    facts = bench.timed(refresh_facts)
    looped = min(_LOOPED, bench.households)
    loop_ms = bench.timed(lambda: _loop(rules, looped)) * 1000 / looped
    ready_ms = (facts + (measured.seconds or 0)) * 1000 / bench.households
    measured.note = (
        f"{last.eligible} eligible, {last.needs_information} need information; loop (get, members, Python, save) "
        f"{loop_ms:.2f} ms a household, {loop_ms / ready_ms:.0f} × facts refresh and sweep together"
    )
    for table in ("bench_bare", "bench_ready"):
        bench.sql(f"DROP TABLE {table}")
    return measured


@benchmark(
    "whatif",
    floor="count and sum by area over the facts, with one condition",
    goal=20,
    needs=["facts"],
)
def what_if(bench: Bench) -> Measurement:
    """Count a draft of 12 criteria with 3 new member counts: eligible, unknown and cost, by area and four groups more.

    The note tells what it takes beside a version in force of the same size, gains and losses included.
    """
    rules, today = version(), timezone.localdate()
    nothing, tried = side(None, today), side(rules, today)

    def counted(before: Side) -> None:
        with transaction.atomic():
            list(compare(before, tried, minor_units=2))

    measured = bench.compare(
        work=lambda: counted(nothing),
        floor=lambda: bench.sql(
            "SELECT area_id, count(*), sum(income_per_head) FROM beneficiaries_householdfacts WHERE pmt_score < 45"
            " GROUP BY area_id"
        ),
        rows=bench.households,
    )
    both = bench.timed(lambda: counted(tried))
    measured.note = f"beside a version in force {both:.2f} s"
    return measured


def _loop(rules: ProgramVersion, households: int) -> None:
    """Decide as others do: household by household, members fetched, criteria in Python, one save each."""
    run = EligibilityRun.objects.create(version=rules, on_date=timezone.localdate(), rules_sha256="loop")
    with transaction.atomic():
        storage.create_table(run.pk)
        storage.add_keys(run.pk)
        storage.check_keys(run.pk)
        storage.attach_table(run.pk)
    today = timezone.localdate()
    for pk in Household.objects.active().order_by("pk").values_list("pk", flat=True)[:households]:
        current = Membership.objects.current().select_related("individual")
        home = Household.objects.prefetch_related(Prefetch("memberships", queryset=current, to_attr="current")).get(
            pk=pk
        )
        facts = HouseholdFacts.objects.get(pk=pk)
        people = [membership.individual for membership in home.current]
        ages = [completed_years(person.birth_date, today) for person in people if person.birth_date]
        answers = [
            any(age < 18 for age in ages),
            any(person.pregnant for person in people),
            any(age >= 65 for age in ages),
            facts.pmt_score is not None and facts.pmt_score < 45,
            facts.income_per_head is None or facts.income_per_head <= 2500,
            facts.governorate_poverty_rate is None or facts.governorate_poverty_rate >= 5,
            facts.computer is True,
            (facts.tablets or 0) >= 2,
            (facts.persons_per_room or 0) >= 1,
            facts.floor in {"earth", "cement"},
            facts.head_schooling_years is not None and facts.head_schooling_years < 9,
            facts.tenure in {"rented", "precarious", "borrowed"},
        ]
        eligible = any(answers[:3]) and all(answers[3:6]) and not any(answers[6:8]) and any(answers[8:])
        EligibilityDecision(
            run=run,
            household_id=pk,
            decision="eligible" if eligible else "not_eligible",
            failed=[number for number, answer in enumerate(answers) if not answer],
            unknown=[],
            score=facts.pmt_score,
        ).save(force_insert=True)


@benchmark("explain", floor="one read of the facts by primary key", goal_p99_ms=10, needs=["facts"])
def explained(bench: Bench) -> Measurement:
    """One household's reasons under 12 criteria, rules read anew each time, in words."""
    rules = version()
    keys = list(Household.objects.active().values_list("pk", flat=True)[: 20 * _ASKED])
    random = Random(7)  # noqa: S311 - the same households in every run
    today = timezone.localdate()
    asked = [random.choice(keys) for _ in range(_ASKED)]
    return bench.latencies(
        calls=[partial(explain, rules, household_id=pk, on_date=today) for pk in asked],
        floor_calls=[partial(HouseholdFacts.objects.get, pk=pk) for pk in asked],
        rows=1,
    )
