"""Admin pages of the programmes, one module per noun."""

from programs.admin import funding, payments, programs, rules, runs

__all__ = ["funding", "payments", "programs", "rules", "runs"]
