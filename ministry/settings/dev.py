"""A developer's machine and the demo: no TLS, demo people, mail and messages into files."""

from ministry.settings import environment as env
from ministry.settings.base import *  # noqa: F403
from ministry.settings.base import DATA_DIR

DEBUG = env.flag("DEBUG", default=False)
DEMO = True
SECOND_FACTOR_REQUIRED = False
SECRET_KEY = env.text("SECRET_KEY", "development-only-key-never-used-in-production")
VAULT_KEYS = env.words("VAULT_KEYS", "development-only-vault-key-never-used-in-production")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"
