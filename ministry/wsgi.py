"""WSGI entry point: `gunicorn ministry.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ministry.settings.dev")

application = get_wsgi_application()
