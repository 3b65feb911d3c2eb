from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = _("Complaints")

    def ready(self) -> None:
        # Models are there from here on.
        register_scope = import_module("ministry.partners").register_scope
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
        register_scope("complaints.create", _("Send cases"))
        register_scope("complaints.read", _("Ask how cases stand"))
        for module in ("schedules", "slots"):
            import_module(f"complaints.{module}").register()
