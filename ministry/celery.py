"""The Celery application: `celery -A ministry.celery worker`."""

import os
from importlib import import_module
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ministry.settings.dev")

app = Celery("ministry")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# The worker's log lines and audit entries carry the task's id.
app.steps["worker"].add(DjangoStructLogInitStep)


@worker_init.connect
@beat_init.connect
def refuse_demo_people_at_start(**_signal: Any) -> None:
    """Stop a production process while demo people can sign in; web calls it too."""
    # Not at the top: models can be imported only once the apps are loaded, and the core's app config loads this module.
    import_module("ministry.startup").refuse_demo_people()
