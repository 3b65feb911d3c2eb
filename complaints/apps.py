from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = _("Complaints")

    def ready(self) -> None:
        for module in (
            "checks",
            "messages",
            "tasks.clock",
            "tasks.intake",
            "tasks.vault",
            "receivers",
            "roles",
            "reference",
            "files",
            "demo",
            "demo_vault",
        ):
            import_module(f"complaints.{module}")
        for module in ("schedules", "slots"):
            import_module(f"complaints.{module}").register()
