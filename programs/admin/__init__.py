"""Admin pages of the programmes, one module per noun."""

from programs.admin import payments, programs, rules, runs

__all__ = ["payments", "programs", "rules", "runs"]
