"""Groups and places: what stands where."""

from django.db import transaction
from django.utils.translation import gettext as _

from ministry.exceptions import RuleViolation
from ministry.models import User
from programs.eligibility.checks import TESTS_MAX
from programs.models import Criterion, ProgramVersion, RuleGroup
from programs.services.rules.rows import (
    Row,
    children_of,
    group_of,
    hang,
    note,
    number,
    opened,
    parent_of,
    refuse_too_deep,
    row_of,
    take_away,
    twin_of,
)


@transaction.atomic
def add_group(*, version: ProgramVersion, actor: User, kind: str, parent_id: int | None, seen: str) -> RuleGroup:
    """Make a group at the end of another one.

    Raises:
        PermissionDenied, TransitionNotAllowed: as above.
        RuleViolation: the rules changed since the person saw them, or groups would stand too deep in each other.
    """
    version = opened(version, actor, seen)
    parent = group_of(version, parent_id)
    group = RuleGroup.objects.create(version=version, parent=parent, kind=kind, position=len(children_of(parent)))
    refuse_too_deep(version)
    note(version, actor, "group added", group)
    return group


@transaction.atomic
def change_kind(*, version: ProgramVersion, actor: User, group_id: int, kind: str, seen: str) -> RuleGroup:
    """Let a group ask for all, any or none of what it holds.

    Raises:
        PermissionDenied, TransitionNotAllowed: as above.
        RuleViolation: the rules changed since the person saw them.
    """
    version = opened(version, actor, seen)
    group = group_of(version, group_id)
    group.kind = kind
    group.save(update_fields=["kind"])
    note(version, actor, f"group asks for {kind}", group)
    return group


@transaction.atomic
def move(*, version: ProgramVersion, actor: User, key: str, to: str, seen: str) -> Row:
    """Move a condition or a group: `up`, `down`, `in` (to the group beside it), `out` (behind the group it is in).

    Where there is no way in that direction nothing happens.

    Raises:
        PermissionDenied, TransitionNotAllowed: as above.
        RuleViolation: the rules changed since the person saw them, or groups would stand too deep in each other.
    """
    version = opened(version, actor, seen)
    row = row_of(version, key)
    parent = parent_of(row)
    if parent is None:
        return row
    siblings = children_of(parent)
    index = siblings.index(row)
    if to in {"up", "down"}:
        other = index + (1 if to == "down" else -1)
        if 0 <= other < len(siblings):
            siblings[index], siblings[other] = siblings[other], siblings[index]
            number(siblings)
    elif to == "out" and parent.parent is not None:
        hang(row, parent.parent)
        beside = [one for one in children_of(parent.parent) if one != row]
        beside.insert(beside.index(parent) + 1, row)
        number(beside)
    elif to == "in":
        groups = [one for one in siblings[max(index - 1, 0) : index] + siblings[index + 1 : index + 2]
                  if isinstance(one, RuleGroup)]  # fmt: skip
        if groups:
            inside = children_of(groups[0])
            hang(row, groups[0])
            number([*inside, row])
            number([one for one in siblings if one != row])
    refuse_too_deep(version)
    note(version, actor, f"moved {to}", row)
    return row


@transaction.atomic
def nest(*, version: ProgramVersion, actor: User, key: str, kind: str, seen: str) -> RuleGroup:
    """Put a condition or a group into a new group of its own, which takes its place.

    Raises:
        PermissionDenied, TransitionNotAllowed: as above.
        RuleViolation: the rules changed since the person saw them, it is the outermost group, or too deep.
    """
    version = opened(version, actor, seen)
    row = row_of(version, key)
    parent = parent_of(row)
    if parent is None:
        raise RuleViolation(_("The outermost group stays where it is."))
    siblings = children_of(parent)
    group = RuleGroup.objects.create(version=version, parent=parent, kind=kind, position=row.position)
    number([group if one == row else one for one in siblings])
    hang(row, group)
    number([row])
    refuse_too_deep(version)
    note(version, actor, "put into a group", row)
    return group


@transaction.atomic
def dissolve(*, version: ProgramVersion, actor: User, group_id: int, seen: str) -> None:
    """Take a group away and leave what it holds in its place.

    Raises:
        PermissionDenied, TransitionNotAllowed: as above.
        RuleViolation: the rules changed since the person saw them, or it is the outermost group.
    """
    version = opened(version, actor, seen)
    group = group_of(version, group_id)
    if group.parent is None:
        raise RuleViolation(_("The outermost group stays where it is."))
    siblings, inside = children_of(group.parent), children_of(group)
    for row in inside:
        hang(row, group.parent)
    index = siblings.index(group)
    number([*siblings[:index], *inside, *siblings[index + 1 :]])
    note(version, actor, "group dissolved", group)
    group.delete()


@transaction.atomic
def copy(*, version: ProgramVersion, actor: User, key: str, seen: str) -> Row:
    """Copy a condition, or a group with all it holds, and put the copy right behind it.

    Raises:
        PermissionDenied, TransitionNotAllowed: as above.
        RuleViolation: the rules changed since the person saw them, it is the outermost group, or there are too many.
    """
    version = opened(version, actor, seen)
    row = row_of(version, key)
    parent = parent_of(row)
    if parent is None:
        raise RuleViolation(_("The outermost group stays where it is."))
    siblings = children_of(parent)
    made = twin_of(row, parent)
    siblings.insert(siblings.index(row) + 1, made)
    number(siblings)
    if Criterion.objects.filter(group__version=version).count() > TESTS_MAX:
        raise RuleViolation(_("There are more than {limit} conditions. Divide the programme.").format(limit=TESTS_MAX))
    note(version, actor, "copied", made)
    return made


@transaction.atomic
def remove(*, version: ProgramVersion, actor: User, key: str, seen: str) -> None:
    """Remove a condition, or a group with all it holds; the outermost group is emptied instead.

    Raises:
        PermissionDenied, TransitionNotAllowed: as above.
        RuleViolation: the rules changed since the person saw them.
    """
    version = opened(version, actor, seen)
    row = row_of(version, key)
    parent = parent_of(row)
    note(version, actor, "removed", row)
    for gone in [row] if parent is not None else children_of(row):  # type: ignore[arg-type]
        take_away(gone)
    if parent is not None:
        number(children_of(parent))
