"""The rules of a version, read from their rows in three statements whatever their number."""

import hashlib
import json
from collections import defaultdict
from dataclasses import asdict

from programs.models import Criterion, ProgramVersion, RuleGroup
from programs.rules import Group, MemberRequirement, Requirement


def requirement_of(criterion: Criterion) -> Requirement:
    """Return a criterion as the compiler reads it."""
    return Requirement(
        id=criterion.pk or 0,
        operator=criterion.operator,
        value=criterion.value,
        fact=criterion.fact,
        members=tuple(
            MemberRequirement(condition.field, condition.operator, condition.value)
            for condition in criterion.member_conditions.all()
        )
        if criterion.pk
        else (),
        when_unknown=criterion.when_unknown,
    )


def rules_of(version: ProgramVersion) -> Group | None:
    """Return the rule tree of a version, or None when it has none."""
    groups = list(version.rule_groups.order_by("position", "id"))
    criteria: dict[int, list[Criterion]] = defaultdict(list)
    for criterion in (
        Criterion.objects.filter(group__version=version)
        .order_by("position", "id")
        .prefetch_related("member_conditions")
    ):
        criteria[criterion.group_id].append(criterion)
    below: dict[int | None, list[RuleGroup]] = defaultdict(list)
    for group in groups:
        below[group.parent_id].append(group)

    def node(group: RuleGroup) -> Group:
        children: list[tuple[int, int, Group | Requirement]] = [
            (criterion.position, 0, requirement_of(criterion)) for criterion in criteria[group.pk]
        ]
        children += [(child.position, 1, node(child)) for child in below[group.pk]]
        return Group(group.kind, tuple(child for *_place, child in sorted(children, key=lambda entry: entry[:2])))

    return node(below[None][0]) if below[None] else None


def rules_digest(version: ProgramVersion, root: Group) -> str:
    """Return the SHA-256 over the canonical text of a version's rules and amounts."""
    content = {
        "rules": asdict(root),
        "base": str(version.base_amount.normalize()),
        "members_max": version.component_members_max,
        "components": [
            [row.age_from, row.age_to, row.severity_from, str(row.amount.normalize())]
            for row in version.components.order_by("id")
        ],
        "scoring_model": version.scoring_model_id,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
