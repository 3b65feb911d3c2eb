"""The Celery application: `celery -A ministry.celery worker`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ministry.settings.dev")

app = Celery("ministry")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
