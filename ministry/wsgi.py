"""WSGI entry point: `gunicorn ministry.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from ministry.celery import refuse_demo_people_at_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ministry.settings.dev")

application = get_wsgi_application()
refuse_demo_people_at_start()
