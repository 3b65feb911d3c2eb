from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BeneficiariesConfig(AppConfig):
    name = "beneficiaries"
    verbose_name = _("Registry")

    def ready(self) -> None:
        for module in (
            "roles",
            "loaders",
            "tasks.facts",
            "tasks.scores",
            "tasks.imports",
            "receivers",
            "access",
            "desk",
            "panels",
            "demo.steps",
        ):
            import_module(f"beneficiaries.{module}")
