"""The test suite: real Postgres and Redis, plain static files, cheap password hashes."""

from ministry.settings.dev import *  # noqa: F403
from ministry.settings.dev import STORAGES as DEV_STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
SMS_BACKEND = "ministry.notices.sms.MemoryBackend"
STORAGES = DEV_STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
