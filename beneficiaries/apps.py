from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BeneficiariesConfig(AppConfig):
    name = "beneficiaries"
    verbose_name = _("Registry")

    def ready(self) -> None:
        for module in (
            "roles",
            "messages",
            "loaders",
            "tasks.facts",
            "tasks.scores",
            "tasks.surveys",
            "tasks.imports",
            "tasks.duplicates",
            "tasks.changes",
            "tasks.registrations",
            "tasks.duplicate_money",
            "tasks.recertification",
            "receivers",
            "access",
            "desk",
            "panels",
            "change_slots",
            "file_panels",
            "demo.steps",
            "demo.survey",
        ):
            import_module(f"beneficiaries.{module}")
        import_module("beneficiaries.schedules").register()
