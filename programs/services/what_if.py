"""The verb of comparisons: try a version's rules and amounts on the registry, beside those in force."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from beneficiaries.services.facts import refresh_facts
from ministry import audit, countries, jobs
from ministry.models import Job, User
from programs.eligibility.checks import refuse_unsound
from programs.eligibility.compiler import Keys
from programs.eligibility.sweep import households_without_facts
from programs.eligibility.tree import rules_digest, rules_of
from programs.eligibility.what_if import compare, side
from programs.models import ProgramVersion, WhatIf, WhatIfFigure
from programs.services.versions import country

JOB_KIND = "what_if"


@transaction.atomic
def start_what_if(*, version: ProgramVersion, actor: User, on_date: dt.date | None = None) -> Job:
    """Start a comparison of a version with the one in force on `on_date` (today).

    Raises:
        PermissionDenied: the actor may neither write nor approve versions for the whole country.
        RuleViolation: the version's rules cannot be compiled, or it has none.
        JobAlreadyActive: this version is being compared.
    """
    rights = ("programs.change_programversion", "programs.approve_programversion")
    if not any(actor.has_perm(right, country()) for right in rights):
        raise PermissionDenied
    on_date = on_date or timezone.localdate()
    root = refuse_unsound(rules_of(version))
    base = ProgramVersion.objects.filter(program=version.program_id).in_force(on_date).exclude(pk=version.pk).first()
    base_root = rules_of(base) if base else None
    what_if = WhatIf.objects.create(
        program=version.program,
        version=version,
        base=base,
        on_date=on_date,
        rules_sha256=rules_digest(version, root),
        base_rules_sha256=rules_digest(base, base_root) if base and base_root else "",
        started_by=actor,
    )
    job = jobs.start(kind=JOB_KIND, scope=f"version:{version.pk}", params={"what_if": what_if.pk}, actor=actor)
    what_if.job = job
    what_if.save(update_fields=["job"])
    audit.record(actor=actor, action="what_if.started", target=what_if, data={"version": version.pk})
    return job


def complete_facts() -> int:
    """Compute the facts of households that have none yet; return how many there were."""
    missing = households_without_facts(Keys())
    refresh_facts(missing)
    return len(missing)


def work_out(*, what_if: WhatIf) -> int:
    """Compare and keep the figures, once; return how many households were asked.

    The rules are those of this moment: a draft that was changed since the start is compared as it is now, and its
    fingerprint says so.
    """
    what_if = WhatIf.objects.select_for_update(of=("self",)).select_related("version", "base").get(pk=what_if.pk)
    if what_if.completed_at is None:
        root = refuse_unsound(rules_of(what_if.version))
        found = list(
            compare(
                side(what_if.base, what_if.on_date),
                side(what_if.version, what_if.on_date),
                minor_units=countries.current().minor_units,
            )
        )
        WhatIfFigure.objects.bulk_create(WhatIfFigure(what_if=what_if, **vars(group)) for group in found)
        what_if.rules_sha256 = rules_digest(what_if.version, root)
        what_if.completed_at = timezone.now()
        what_if.save(update_fields=["rules_sha256", "completed_at"])
    total = what_if.figures.filter(breakdown=WhatIfFigure.Breakdown.TOTAL).first()
    return total.households if total else 0
