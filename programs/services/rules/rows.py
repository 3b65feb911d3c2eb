"""What the verbs of rules have in common: opening a draft, finding rows and places, signing."""

from collections.abc import Sequence

from django.db.models import F, Func, Value
from django.utils.translation import gettext as _

from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import User
from programs.eligibility.checks import DEPTH_MAX
from programs.models import Criterion, MemberCondition, Program, ProgramVersion, RuleGroup
from programs.rule_editor.outline import outline_of
from programs.rules import MemberRequirement
from programs.services.versions import country
from programs.workflows import PROGRAM_VERSION

Row = RuleGroup | Criterion


def opened(version: ProgramVersion, actor: User, seen: str | None = None) -> ProgramVersion:
    """Return the version, locked, if the actor may write its rules and they are still those that were `seen`."""
    Program.objects.select_for_update().get(pk=version.program_id)
    version = ProgramVersion.objects.select_for_update().get(pk=version.pk)
    PROGRAM_VERSION.check("edit", status=version.status, actor=actor, area=country())
    if seen is not None and outline_of(version).fingerprint != seen:
        raise RuleViolation(_("The rules have changed since you saw them. They stand here as they are now; try again."))
    return version


def group_of(version: ProgramVersion, group_id: int | None) -> RuleGroup:
    if group_id is None:
        group = version.rule_groups.filter(parent__isnull=True).first()
        return group or RuleGroup.objects.create(version=version, kind=RuleGroup.Kind.ALL)
    group = version.rule_groups.select_related("parent").filter(pk=group_id).first()
    if group is None:
        raise RuleViolation(_("This group is gone. Choose another one."))
    return group


def row_of(version: ProgramVersion, key: str) -> Row:
    """Return what a key of the outline names; the fingerprint has shown that it is still there."""
    kind, pk = key[:1], key[1:]
    row: Row | None = None
    if pk.isascii() and pk.isdigit() and len(pk) < 19:
        if kind == "g":
            row = version.rule_groups.select_related("parent").filter(pk=pk).first()
        elif kind == "c":
            row = Criterion.objects.filter(group__version=version, pk=pk).select_related("group__parent").first()
    if row is None:
        raise RuleViolation(_("This part of the rules is gone. They stand here as they are now."))
    return row


def parent_of(row: Row) -> RuleGroup | None:
    return row.group if isinstance(row, Criterion) else row.parent


def children_of(group: RuleGroup) -> list[Row]:
    """Return what a group holds, in reading order."""
    rows: list[tuple[int, int, int, Row]] = [(row.position, 0, row.pk, row) for row in group.criteria.all()]
    rows += [(row.position, 1, row.pk, row) for row in group.groups.all()]
    return [row for *_place, row in sorted(rows, key=lambda entry: entry[:3])]


def number(rows: Sequence[Row]) -> None:
    for position, row in enumerate(rows):
        if row.position != position:
            row.position = position
            row.save(update_fields=["position"])


def hang(row: Row, group: RuleGroup) -> None:
    if isinstance(row, Criterion):
        row.group = group
        row.save(update_fields=["group"])
    else:
        row.parent = group
        row.save(update_fields=["parent"])


def twin_of(row: Row, group: RuleGroup) -> Row:
    if isinstance(row, RuleGroup):
        made = RuleGroup.objects.create(version=group.version, parent=group, kind=row.kind, position=row.position)
        for child in children_of(row):
            twin_of(child, made)
        return made
    members = requirements_of(row)
    twin = Criterion.objects.get(pk=row.pk)
    twin.pk, twin.group = None, group
    twin.save(force_insert=True)
    write_conditions(twin, members)
    return twin


def take_away(row: Row) -> None:
    if isinstance(row, RuleGroup):
        for child in children_of(row):
            take_away(child)
    else:
        row.member_conditions.all().delete()
    row.delete()


def requirements_of(criterion: Criterion) -> list[MemberRequirement]:
    return [MemberRequirement(row.field, row.operator, row.value) for row in criterion.member_conditions.all()]


def write_conditions(criterion: Criterion, members: Sequence[MemberRequirement]) -> None:
    MemberCondition.objects.bulk_create(
        MemberCondition(criterion=criterion, field=row.field, operator=row.operator, value=row.value) for row in members
    )


def refuse_too_deep(version: ProgramVersion) -> None:
    outline = outline_of(version)
    if any(place.depth >= DEPTH_MAX for place in outline.groups):
        raise RuleViolation(_("Groups stand more than {limit} deep in each other.").format(limit=DEPTH_MAX))


def note(version: ProgramVersion, actor: User, did: str, row: Row) -> None:
    kind = "criterion" if isinstance(row, Criterion) else "group"
    audit.record(actor=actor, action="program_version.changed", target=version, data={"did": did, kind: row.pk})
    sign(version, actor)


def sign(version: ProgramVersion, actor: User) -> None:
    """Write down who had a hand in the rules: that person cannot put them in force."""
    ProgramVersion.objects.filter(pk=version.pk).exclude(edited_by_ids__contains=[actor.pk]).update(
        edited_by_ids=Func(F("edited_by_ids"), Value(actor.pk), function="array_append")
    )
