"""Comparisons of two rule sets: every figure recounted in plain Python, household by household."""

import csv
import datetime as dt
import io
from collections import defaultdict
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.urls import reverse

from beneficiaries.models import Household, HouseholdFacts
from ministry import jobs
from ministry.exceptions import RuleViolation
from ministry.models import AuditEntry
from programs.eligibility.explain import explain
from programs.models import BenefitComponent, EligibilityDecision, ProgramVersion, WhatIf, WhatIfFigure
from programs.payments.benefit import Component, Member, monthly_benefit
from programs.services import what_if as services
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs import factories

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 22)
CHILD = dt.date(2018, 5, 1)
TEEN = dt.date(2012, 2, 1)
INFANT = dt.date(2026, 3, 1)


@pytest.fixture
def base():
    return factories.version_in_force()


@pytest.fixture
def draft(base):
    """A draft that pays more, to households below a higher line, and counts those of unknown score in."""
    made = factories.draft_version(base.program, starts_on=dt.date(2027, 1, 1))
    ProgramVersion.objects.filter(pk=made.pk).update(base_amount=Decimal("400.505"), component_members_max=1)
    made.refresh_from_db()
    BenefitComponent.objects.create(
        version=made, name_ar="إعدادي", name_en="Preparatory", age_from=12, age_to=14, amount=Decimal("95")
    )
    root = factories.group(made)
    factories.on_fact(root, "pmt_score", "lt", "60")
    factories.on_members(root, "lt", "3", ("age", "gte", "10"), position=1)
    return made


@pytest.fixture
def registry():
    north, south = AreaFactory(level="governorate"), AreaFactory(level="governorate")
    homes = []
    for number, (score, births) in enumerate(
        [
            (30.0, (CHILD, TEEN)),
            (30.0, ()),
            (50.0, (CHILD,)),
            (50.0, (TEEN, TEEN, TEEN)),
            (44.9, (INFANT, CHILD, CHILD)),
            (90.0, (CHILD,)),
            (None, (CHILD,)),
            (44.0, (None, None, TEEN)),
            (12.0, (TEEN, CHILD, None)),
        ]
    ):
        home = factories.household_with_score(score, *births, area=north if number % 3 else south)
        sex = {0: "F", 1: "M", 2: None}[number % 3]
        HouseholdFacts.objects.filter(household=home).update(head_sex=sex, members_with_disability=number % 2)
        homes.append(home)
    gone = factories.household_with_score(10.0, CHILD, area=north)
    Household.objects.filter(pk=gone.pk).update(status="inactive")
    return homes


def compared(version, actor=None, on_date=TODAY) -> WhatIf:
    job = services.start_what_if(version=version, actor=actor or factories.officer(), on_date=on_date)
    jobs.run_now(job)
    return WhatIf.objects.get(job=job)


def due(version, home) -> Decimal:
    return monthly_benefit(
        base=version.base_amount,
        components=[Component(row.pk, row.amount, row.age_from, row.age_to) for row in version.components.all()],
        members_max=version.component_members_max,
        members=[Member(membership.individual.birth_date) for membership in home.memberships.all()],
        on_date=TODAY.replace(day=1),
        minor_units=2,
    ).amount


def expected(base, draft, homes) -> dict[tuple[str, str], list]:
    """Recount from the explanations of single households and the rule of the benefit."""
    counted: dict[tuple[str, str], list] = defaultdict(lambda: [0, 0, 0, 0, 0, 0, Decimal(0), Decimal(0)])
    scored = sorted(
        (home for home in homes if home.facts.pmt_score is not None), key=lambda h: (h.facts.pmt_score, h.pk)
    )
    tenth = {home.pk: str(place + 1) for place, home in enumerate(scored)}
    for home in homes:
        was = base is not None and explain(base, household_id=home.pk, on_date=TODAY).decision == "eligible"
        then = explain(draft, household_id=home.pk, on_date=TODAY).decision
        will = then == "eligible"
        groups = (
            ("total", ""),
            ("governorate", str(home.area_id)),
            ("head_sex", home.facts.head_sex or ""),
            ("disability", str(home.facts.members_with_disability > 0)),
            ("decile", tenth.get(home.pk, "")),
        )
        found = [
            1, was, will, will and not was, was and not will, then == "needs_information",
            due(base, home) if was else 0, due(draft, home) if will else 0,
        ]  # fmt: skip
        for group in groups:
            counted[group] = [so_far + more for so_far, more in zip(counted[group], found, strict=True)]
    return dict(counted)


def figures(what_if) -> dict[tuple[str, str], list]:
    columns = (
        "households", "eligible_before", "eligible_after", "winners", "losers", "unknown_after", "cost_before",
        "cost_after",
    )  # fmt: skip
    return {
        (figure.breakdown, figure.value): [getattr(figure, column) for column in columns]
        for figure in what_if.figures.all()
    }


def test_every_figure_is_what_household_by_household_gives(base, draft, registry):
    for home in registry:
        home.refresh_from_db()
    found = figures(compared(draft))
    assert found == expected(base, draft, registry)
    households, was, will, winners, losers, unknown, *_costs = found["total", ""]
    assert households == len(registry)
    # The example says something: somebody gains, somebody loses, of somebody it cannot be told.
    assert min(winners, losers, unknown, was, will) > 0
    assert not EligibilityDecision.objects.exists()


def test_a_new_programme_is_compared_with_nothing(registry):
    draft = factories.with_rules(factories.draft_version(starts_on=dt.date(2027, 1, 1)))
    what_if = compared(draft)
    assert what_if.base is None
    for home in registry:
        home.refresh_from_db()
    assert figures(what_if) == expected(None, draft, registry)


def test_an_empty_registry_gives_a_result_that_says_so(draft, client):
    what_if = compared(draft)
    client.force_login(factories.officer())
    assert client.get(what_if.get_absolute_url()).status_code == 200
    assert what_if.figures.get().households == 0


def test_the_number_of_statements_does_not_grow_with_households(draft, registry, django_assert_max_num_queries):
    for _ in range(30):
        factories.household_with_score(20.0, CHILD)
    what_if = compared(draft)
    fresh = WhatIf.objects.create(
        program=draft.program, version=draft, on_date=TODAY, rules_sha256="x", started_by=what_if.started_by
    )
    with django_assert_max_num_queries(25):
        services.work_out(what_if=fresh)


def test_repeating_the_step_adds_nothing(draft, registry):
    what_if = compared(draft)
    before = figures(what_if)
    assert services.work_out(what_if=what_if) == len(registry)
    assert figures(what_if) == before


def test_rules_that_cannot_be_compiled_are_refused(base):
    with pytest.raises(RuleViolation):
        services.start_what_if(version=factories.draft_version(base.program), actor=factories.officer())


def test_takes_the_right_to_write_or_approve_versions(draft):
    with pytest.raises(PermissionDenied):
        services.start_what_if(version=draft, actor=UserFactory(permissions=["programs.view_programversion"]))
    assert services.start_what_if(version=draft, actor=factories.approver()).kind == "what_if"


def test_one_comparison_of_a_version_at_a_time(draft):
    services.start_what_if(version=draft, actor=factories.officer())
    with pytest.raises(jobs.JobAlreadyActive):
        services.start_what_if(version=draft, actor=factories.officer())


def test_what_was_found_stays(draft, registry):
    what_if = compared(draft)
    for change in (
        lambda: WhatIfFigure.objects.filter(what_if=what_if).update(winners=0),
        lambda: WhatIfFigure.objects.filter(what_if=what_if).delete(),
        lambda: WhatIf.objects.filter(pk=what_if.pk).update(rules_sha256="0" * 64),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


class TestPages:
    def test_from_the_version_to_the_figures_and_the_file(self, client, draft, registry):
        client.force_login(factories.officer())
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        address = reverse("programs:what_if_start", args=[draft.program.code, draft.number])
        assert address in client.get(draft.get_absolute_url()).content.decode()
        answer = client.post(address, {"on_date": "2026-11-22"})
        what_if = WhatIf.objects.get()
        assert answer.url == reverse("job_detail", args=[what_if.job_id])
        assert "under way" in client.get(what_if.get_absolute_url()).content.decode()
        jobs.run_now(what_if.job)
        page = client.get(what_if.get_absolute_url()).content.decode()
        assert "By sex of the head of household" in page
        assert what_if.get_absolute_url() in client.get(address).content.decode()
        answer = client.get(reverse("programs:what_if_export", args=[draft.program.code, draft.number, what_if.pk]))
        rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
        assert (rows[0]["breakdown"], rows[0]["households"]) == ("total", str(len(registry)))
        assert len(rows) == what_if.figures.count()
        assert AuditEntry.objects.filter(action="what_if.exported", target_id=what_if.pk).exists()

    def test_a_wrong_day_is_said_beside_the_field(self, client, draft):
        client.force_login(factories.officer())
        address = reverse("programs:what_if_start", args=[draft.program.code, draft.number])
        answer = client.post(address, {"on_date": "31/02/2026"})
        assert answer.status_code == 422
        assert answer.context["form"].errors["on_date"]
        assert not WhatIf.objects.exists()

    def test_is_not_offered_where_it_cannot_be_made(self, client, base):
        client.force_login(factories.officer())
        for version in (base, factories.draft_version(base.program)):
            assert "what-if" not in client.get(version.get_absolute_url()).content.decode()

    def test_of_another_version_is_not_found(self, client, draft, registry):
        what_if = compared(draft)
        client.force_login(factories.officer())
        other = reverse("programs:what_if_detail", args=[draft.program.code, 1, what_if.pk])
        assert client.get(other).status_code == 404
