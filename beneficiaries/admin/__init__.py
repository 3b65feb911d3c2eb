"""Admin pages of the registry, one module per noun."""

from beneficiaries.admin import imports, registry, scores

__all__ = ["imports", "registry", "scores"]
from beneficiaries.admin import recertification

__all__ = ["recertification", "registry", "scores"]
