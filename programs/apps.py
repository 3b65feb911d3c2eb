from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgramsConfig(AppConfig):
    name = "programs"
    verbose_name = _("Programmes")

    def ready(self) -> None:
        for module in (
            "messages",
            "admission.messages",
            "admission.reasons",
            "admission.roles",
            "tasks.eligibility",
            "tasks.what_if",
            "receivers",
            "roles",
            "reference",
            "payments.jobs",
            "control.jobs",
            "control.roles",
            "payments.roles",
            "payments.reference",
            "payments.slots",
            "payments.panels",
            "funding.roles",
            "funding.reference",
            "funding.slots",
            "compliance.jobs",
            "compliance.slots",
            "admission.slots",
            "demo",
            "control.demo",
            "funding.demo",
            "compliance.demo",
            "demo_changes",
            "admission.demo",
        ):
            import_module(f"programs.{module}")
        for module in ("schedules", "slots"):
            import_module(f"programs.{module}").register()
