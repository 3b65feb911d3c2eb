"""Why a file does not come in."""

from ministry.exceptions import DomainError


class DocumentRefused(DomainError):
    """The file cannot be accepted; the text says why and what to do instead."""
