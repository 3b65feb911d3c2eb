"""The test suite: real Postgres and Redis, plain static files, cheap password hashes."""

import os
from urllib.parse import urlsplit

from ministry.settings.dev import *  # noqa: F403
from ministry.settings.dev import REDIS_URL as DEV_REDIS_URL
from ministry.settings.dev import STORAGES as DEV_STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
SMS_BACKEND = "ministry.notices.sms.MemoryBackend"
STORAGES = DEV_STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

# Tests that run side by side, or beside a running portal, must not take each other's messages: each process has a
# Redis database of its own, as it has a Postgres database of its own.
_redis = urlsplit(DEV_REDIS_URL)
_number = int(_redis.path.strip("/") or 0) + 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
REDIS_URL = CELERY_BROKER_URL = _redis._replace(path=f"/{_number}").geturl()
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
