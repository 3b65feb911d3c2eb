from importlib import import_module

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _

from ministry import actor


class MinistryConfig(AppConfig):
    name = "ministry"
    verbose_name = _("Ministry")

    def ready(self) -> None:
        # The Celery application must exist before any shared task is looked up, in the web process too.
        import_module("ministry.celery")
        import_module("ministry.loaders")
        import_module("ministry.cards")
        import_module("ministry.forms.messages").put_in_place()
        import_module("ministry.demo.steps")
        import_module("ministry.receivers")
        import_module("ministry.schedules").register()
        import_module("ministry.notices.messages")
        import_module("ministry.desk").register()
        actor.install_everywhere()
        connection_created.connect(actor.install, dispatch_uid="ministry.actor")
