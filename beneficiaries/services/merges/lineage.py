"""Steps of a merge: rows change through here, so that each step can be told and taken back."""

import json
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from beneficiaries.models import Merge, MergeStep


class Lineage:
    """Writes the steps of one merge, in order."""

    def __init__(self, merge: Merge) -> None:
        self.merge = merge
        self.number = 0

    def change(self, row: models.Model, what: str, **values: Any) -> None:
        """Set columns of a locked row (by attribute: `individual_id`) and write down what they held."""
        before = stored(row, values)
        for name, value in values.items():
            setattr(row, name, value)
        after = stored(row, values)
        if before == after:
            return
        self.number += 1
        # The step first: guards of tables that let only a merge move their rows look for it.
        MergeStep.objects.create(
            merge=self.merge,
            number=self.number,
            what=what,
            record_type=row._meta.label_lower,
            record_id=row.pk,
            before=before,
            after=after,
        )
        row.save(update_fields=[_field(row, name).name for name in values])


def _field(row: models.Model | type[models.Model], attname: str) -> models.Field:
    return next(field for field in row._meta.concrete_fields if field.attname == attname)


def stored(row: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """Return columns of a row as a step keeps them."""
    return json.loads(DjangoJSONEncoder().encode({name: _plain(row, name) for name in names}))


def _plain(row: models.Model, name: str) -> Any:
    # A row as it was made holds a date where one that was read holds the same; numbers may be strings until read.
    value = getattr(row, name)
    field = _field(row, name)
    return (
        value
        if value is None
        else (field.target_field if isinstance(field, models.ForeignKey) else field).to_python(value)
    )


def model_of(step: MergeStep) -> type[models.Model]:
    """Return the model of the row a step changed, whichever app it belongs to."""
    return apps.get_model(step.record_type)


def locked_row(step: MergeStep) -> models.Model | None:
    """Return the row a step changed, locked; None for one that has gone since."""
    return model_of(step)._base_manager.select_for_update(of=("self",)).filter(pk=step.record_id).first()


def put_back(step: MergeStep, row: models.Model) -> None:
    """Give the columns a step set the values they had before it."""
    for name, value in step.before.items():
        field = _field(row, name)
        kind = field.target_field if isinstance(field, models.ForeignKey) else field
        setattr(row, name, value if value is None else kind.to_python(value))
    row.save(update_fields=[_field(row, name).name for name in step.before])
