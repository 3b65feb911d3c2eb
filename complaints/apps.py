from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = _("Complaints")

    def ready(self) -> None:
        for module in ("messages", "tasks.clock", "tasks.intake", "roles", "reference", "files", "demo"):
            import_module(f"complaints.{module}")
        for module in ("schedules", "slots"):
            import_module(f"complaints.{module}").register()
