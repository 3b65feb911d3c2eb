"""Admin pages of the registry, one module per noun."""

from beneficiaries.admin import registry, scores

__all__ = ["registry", "scores"]
