"""Places by area and what they may cost: one person proposes, another decides."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import Area, User
from programs.models import AreaQuota, PlacePlan, Program
from programs.queries.programs import versions_in_force
from programs.services.enrolments import clean_reason
from programs.workflows import PLACE_PLAN

_Status = PlacePlan.Status


@transaction.atomic
def propose_places(
    *,
    program: Program,
    places: Mapping[Area, int],
    monthly_limit: Decimal | None,
    starts_on: dt.date,
    reason: str,
    actor: User,
) -> PlacePlan:
    """Propose how many households each area has places for, and what all of them may cost a month.

    Raises:
        PermissionDenied: the actor may not propose places for the whole country.
        RuleViolation: no version is in force, another proposal waits, the plan limits nothing, it begins in the past,
            or no grounds are given.
    """
    if not actor.has_perm("programs.add_placeplan", Area.objects.root()):
        raise PermissionDenied
    program = Program.objects.select_for_update().get(pk=program.pk)
    version = versions_in_force(timezone.localdate()).get(program.pk)
    if version is None:
        raise RuleViolation(_("No version of the rules is in force: the cost of places cannot be estimated."))
    if starts_on < timezone.localdate():
        raise RuleViolation(_("Places hold from today at the earliest."))
    if not places and monthly_limit is None:
        raise RuleViolation(_("Give places for at least one area, or what may be spent a month."))
    if PlacePlan.objects.filter(program=program, status=_Status.PROPOSED).exists():
        raise RuleViolation(_("Another proposal waits for a second person. It has to be decided first."))
    plan = PlacePlan.objects.create(
        program=program,
        version=version,
        starts_on=starts_on,
        monthly_limit=monthly_limit,
        reason=clean_reason(reason),
        proposed_by=actor,
    )
    for area, count in places.items():
        AreaQuota.objects.create(plan=plan, area=area, places=count)
    audit.record(
        actor=actor,
        action="place_plan.proposed",
        target=plan,
        note=plan.reason,
        data={"areas": len(places), "places": sum(places.values()), "monthly_limit": str(monthly_limit or "")},
    )
    return plan


@transaction.atomic
def decide_places(*, plan: PlacePlan, verb: str, actor: User, note: str = "") -> PlacePlan:
    """Confirm or refuse proposed places. Nobody who is in the programme leaves it where there are fewer.

    Raises:
        PermissionDenied: the actor may not confirm places for the whole country.
        TransitionNotAllowed: it has been decided.
        RuleViolation: the actor proposed it, or refuses without saying why.
    """
    # The programme first: a ranked list is never confirmed while its places change.
    Program.objects.select_for_update().get(pk=plan.program_id)
    plan = PlacePlan.objects.select_for_update().get(pk=plan.pk)
    transition = PLACE_PLAN.check(verb, status=plan.status, actor=actor, area=Area.objects.root())
    if actor.pk == plan.proposed_by_id:
        raise RuleViolation(_("The person who decides must differ from the one who proposed the places."))
    plan.decision_note = clean_reason(note) if verb == "refuse" else " ".join(note.split())
    plan.status, plan.decided_by, plan.decided_at = transition.target, actor, timezone.now()
    plan.save(update_fields=["status", "decided_by", "decided_at", "decision_note"])
    audit.record(actor=actor, action=f"place_plan.{verb}", target=plan, note=plan.decision_note)
    return plan
