"""Scoring models compiled to one SQL expression over the facts, and checked before anybody relies on them."""

from beneficiaries.scores.checks import TermError, check_term
from beneficiaries.scores.expression import contributions, score

__all__ = ["TermError", "check_term", "contributions", "score"]
