"""Who may read a file: the app whose record it belongs to says so."""

from collections.abc import Callable

from ministry.models import Document, User

# (person, id of the record) → whether the person may read the record's files.
AccessCheck = Callable[[User, int], bool]

_checks: dict[str, AccessCheck] = {}


def allow(subject_type: str, check: AccessCheck) -> None:
    """Register who may read files of records of a kind ("beneficiaries.importbatch"); called in `ready()`."""
    _checks[subject_type] = check


def may_read(user: User, document: Document) -> bool:
    """Return whether `user` may read the document; files of a kind nobody registered are readable by nobody."""
    check = _checks.get(document.subject_type)
    return check is not None and document.subject_id is not None and check(user, document.subject_id)
