"""Admin pages of the programmes, one module per noun."""

from programs.admin import programs, rules, runs

__all__ = ["programs", "rules", "runs"]
