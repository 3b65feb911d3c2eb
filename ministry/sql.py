"""What a cursor takes beside a statement."""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from django.db.backends.utils import _SQLType

SqlValue: TypeAlias = "_SQLType"
SqlParams: TypeAlias = "dict[str, _SQLType]"
