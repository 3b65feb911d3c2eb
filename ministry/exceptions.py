"""Errors meant for the person at the screen. Pages show them as messages, the API answers 409."""


class DomainError(Exception):
    """A rule of the ministry stands against what was asked; the text is shown to the person as it is."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class RuleViolation(DomainError):
    """What was asked breaks a rule, whoever asks."""


class TransitionNotAllowed(DomainError):
    """The record is not in a state from which this step is possible."""
