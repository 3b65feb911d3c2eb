"""A ministry's server. Starts only with its own secret, behind TLS, without demo people."""

from django.core.exceptions import ImproperlyConfigured

from ministry.settings import environment as env
from ministry.settings import logs
from ministry.settings.base import *  # noqa: F403
from ministry.settings.base import ALLOWED_HOSTS, SECRET_KEY, VAULT_KEYS

if env.flag("DEBUG"):
    raise ImproperlyConfigured("DEBUG must not be switched on in production.")
if len(SECRET_KEY) < 50 or "development" in SECRET_KEY or SECRET_KEY.startswith("django-insecure"):
    raise ImproperlyConfigured("SECRET_KEY must be a secret of this deployment, at least 50 random characters.")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts this portal answers for.")
if not VAULT_KEYS:
    raise ImproperlyConfigured("VAULT_KEYS must name the keys that seal contacts and confidential cases.")
if any(len(key) < 40 or "development" in key for key in VAULT_KEYS):
    raise ImproperlyConfigured("Each of VAULT_KEYS must be at least 40 random characters of this deployment.")
if VAULT_KEYS[0] == SECRET_KEY:
    raise ImproperlyConfigured("The first of VAULT_KEYS must not be SECRET_KEY: it is kept apart from it.")
env.text("DATABASE_URL")
env.text("REDIS_URL")

LOG_FORMAT = env.text("LOG_FORMAT", "json")
logs.configure(LOG_FORMAT)
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.number("SECURE_HSTS_SECONDS", 60 * 60 * 24 * 365)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
