"""Admin pages of the registry, one module per noun."""

from beneficiaries.admin import imports, recertification, registry, scores

__all__ = ["imports", "recertification", "registry", "scores"]
