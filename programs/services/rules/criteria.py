"""Writing the text of conditions."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ministry import audit
from ministry.exceptions import DomainError, RuleViolation
from ministry.models import User
from programs.eligibility.checks import TESTS_MAX, requirement_problems
from programs.models import Criterion, ProgramVersion
from programs.rule_editor.outline import fingerprint_of
from programs.rules import MemberRequirement, Requirement
from programs.services.rules.rows import children_of, group_of, note, opened, requirements_of, sign, write_conditions
from programs.services.versions import copy_rules


class EditConflict(DomainError):
    """Somebody else changed (or removed: `current` None) what the person was writing."""

    def __init__(self, current: Criterion | None) -> None:
        super().__init__(
            _("Somebody else saved this condition while you were writing. Both texts stand below; choose one.")
            if current is not None
            else _("Somebody else removed this condition while you were writing. Saving writes it anew.")
        )
        self.current = current


@dataclass(frozen=True)
class CriterionText:
    """What a condition says, as a person wrote it; `fact` empty: it counts members."""

    fact: str
    operator: str
    value: str
    wording_ar: str
    members: tuple[MemberRequirement, ...] = ()
    when_unknown: str = Criterion.WhenUnknown.NEEDS_INFORMATION.value
    legal_basis_id: int | None = None
    wording_en: str = ""
    note_ar: str = ""
    note_en: str = ""

    @property
    def requirement(self) -> Requirement:
        return Requirement(0, self.operator, self.value, self.fact, self.members, self.when_unknown)

    def columns(self) -> dict[str, Any]:
        """Return the values of the criterion's own columns."""
        subject = Criterion.Subject.FACT if self.fact else Criterion.Subject.MEMBER_COUNT
        names = ("fact", "operator", "value", "when_unknown", "legal_basis_id", "wording_ar", "wording_en")
        return {"subject": subject.value, **{name: getattr(self, name) for name in (*names, "note_ar", "note_en")}}


@transaction.atomic
def add_criterion(*, version: ProgramVersion, actor: User, group_id: int | None, text: CriterionText) -> Criterion:
    """Write a new condition at the end of a group; in the outermost one (made if need be) when `group_id` is None.

    Raises:
        PermissionDenied: the actor may not change versions for the whole country.
        TransitionNotAllowed: the version is no longer a draft.
        RuleViolation: the condition cannot be compiled, there are too many, or the group is gone.
    """
    version = opened(version, actor)
    _refuse_faulty(text)
    if Criterion.objects.filter(group__version=version).count() >= TESTS_MAX:
        raise RuleViolation(_("There are more than {limit} conditions. Divide the programme.").format(limit=TESTS_MAX))
    group = group_of(version, group_id)
    criterion = Criterion.objects.create(group=group, position=len(children_of(group)), **text.columns())
    write_conditions(criterion, text.members)
    note(version, actor, "criterion added", criterion)
    return criterion


@transaction.atomic
def change_criterion(
    *, version: ProgramVersion, actor: User, criterion_id: int, text: CriterionText, seen: str, group_id: int | None
) -> Criterion:
    """Write another text for a condition, and move it to the end of another group where that was asked.

    `seen` is the fingerprint of the text the person began from.

    Raises:
        PermissionDenied, TransitionNotAllowed: as above.
        EditConflict: it says something else by now, or is gone; nothing is written.
        RuleViolation: the condition cannot be compiled.
    """
    version = opened(version, actor)
    criterion = Criterion.objects.filter(group__version=version, pk=criterion_id).first()
    if criterion is None or fingerprint_of(criterion) != seen:
        raise EditConflict(criterion)
    _refuse_faulty(text)
    for name, value in text.columns().items():
        setattr(criterion, name, value)
    group = group_of(version, group_id)
    if group.pk != criterion.group_id:
        criterion.group, criterion.position = group, len(children_of(group))
    criterion.save()
    if tuple(requirements_of(criterion)) != text.members:
        criterion.member_conditions.all().delete()
        write_conditions(criterion, text.members)
    note(version, actor, "criterion changed", criterion)
    return criterion


@transaction.atomic
def take_over_rules(*, version: ProgramVersion, source: ProgramVersion, actor: User) -> int:
    """Begin a draft with the rules of another version of the programme; return how many conditions came over.

    Raises:
        PermissionDenied, TransitionNotAllowed: as above.
        RuleViolation: the draft has conditions already, or the other version is of another programme.
    """
    version = opened(version, actor)
    if source.program_id != version.program_id or source.pk == version.pk:
        raise RuleViolation(_("Choose another version of the same programme."))
    if Criterion.objects.filter(group__version=version).exists():
        raise RuleViolation(_("This draft has conditions already. Remove them first, or make a new draft."))
    version.rule_groups.all().delete()
    copy_rules(source, version)
    count = Criterion.objects.filter(group__version=version).count()
    audit.record(actor=actor, action="program_version.changed", target=version,
                 data={"did": "rules taken over", "from_version": source.number, "criteria": count})  # fmt: skip
    sign(version, actor)
    return count


def _refuse_faulty(text: CriterionText) -> None:
    reasons = requirement_problems(text.requirement)
    if reasons:
        raise RuleViolation(" ".join(dict.fromkeys(reasons)))
