"""Training a model of duplicates on the ministry's own register, and putting it in force when people agree."""

import re

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.duplicates import blocking, comparison
from beneficiaries.duplicates.levels import FIELDS
from beneficiaries.duplicates.model import Model, in_force
from beneficiaries.duplicates.proof import decided_pairs, prove
from beneficiaries.duplicates.reading import read_register
from beneficiaries.duplicates.training import distinct, train
from beneficiaries.models import DuplicateModel
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import User

# Fewer pairs with one sound number, or fewer people, teach nothing that the shipped model does not know better.
FEWEST_PEOPLE = 5_000
FEWEST_PROVEN = 100


@transaction.atomic
def train_model() -> DuplicateModel:
    """Learn a model from the register as it stands, compare it with the one in force, and keep it as a candidate.

    Raises:
        RuleViolation: the register is too small to learn from.
    """
    people = read_register()
    first, second = blocking.candidate_pairs(people)
    levels = comparison.levels(people, first, second)
    number = levels[:, list(FIELDS).index("national_id")]
    same = [FIELDS["national_id"].index(word) for word in ("same", "same_one_day")]
    proven = int(sum((number == level).sum() for level in same))
    if len(people) < FEWEST_PEOPLE or proven < FEWEST_PROVEN:
        raise RuleViolation(
            _(
                "A model cannot be learnt from this register: it takes {people} people and {proven} pairs with one"
                " national number; there are {found_people} and {found_proven}."
            ).format(people=FEWEST_PEOPLE, proven=FEWEST_PROVEN, found_people=len(people), found_proven=proven)
        )
    old = in_force()
    new = train(people, first, second, version=_next_version())
    rows, _where, counts = distinct(levels)
    labelled = decided_pairs(people)
    report = {
        model.version: prove(model, model.shares_among(rows, counts, len(people)), labelled).as_json()
        for model in (old, new)
    }
    return DuplicateModel.objects.create(
        version=new.version, parameters=new.as_json(), report={"old": old.version, "new": new.version, "on": report}
    )


@transaction.atomic
def put_model_in_force(*, model: DuplicateModel, actor: User | None) -> DuplicateModel:
    """Use a trained model from now on; the next sweep compares the whole register by it.

    Raises:
        RuleViolation: it is not a candidate any more.
    """
    rows = {row.pk: row for row in DuplicateModel.objects.select_for_update().order_by("pk")}
    model = rows[model.pk]
    if model.status != DuplicateModel.Status.CANDIDATE:
        raise RuleViolation(_("This model has been in use already. Train a new one."))
    Model.from_json(model.parameters)
    for row in rows.values():
        if row.status == DuplicateModel.Status.IN_FORCE:
            row.status = DuplicateModel.Status.SUPERSEDED
            row.save(update_fields=["status"])
    model.status, model.in_force_at = DuplicateModel.Status.IN_FORCE, timezone.now()
    model.save(update_fields=["status", "in_force_at"])
    audit.record(actor=actor, action="duplicate_model.in_force", target=model, data=model.report)
    return model


def _next_version() -> str:
    numbers = [
        int(found.group(1))
        for version in DuplicateModel.objects.values_list("version", flat=True)
        if (found := re.fullmatch(r"trained-(\d+)", version))
    ]
    return f"trained-{max(numbers, default=0) + 1}"
