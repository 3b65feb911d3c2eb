"""Settings common to every deployment. Whatever differs between two machines is read from the environment."""

from pathlib import Path

import dj_database_url
from django.utils.translation import gettext_lazy as _

from ministry.settings import environment as env
from ministry.settings import logs

BASE_DIR = env.BASE_DIR

# Where embedded services, uploads and other state of this checkout live.
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / ".data"))).expanduser().resolve()

# The country pack: identifiers, areas, currency, weekend, holidays (EG, JO, BH).
COUNTRY = env.text("COUNTRY", "EG")
# Names shown in the frame; empty means the translated defaults.
PORTAL_NAME = env.text("PORTAL_NAME", "")
MINISTRY_NAME = env.text("MINISTRY_NAME", "")
# The number citizens call; shown in the footer and on error pages.
HOTLINE = env.text("HOTLINE", "15044")
# "western" or "arabic": digits shown on pages and letters. Both are always accepted as input.
DIGITS = env.text("DIGITS", "western")

DEBUG = False
SECRET_KEY = env.text("SECRET_KEY", "")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

# Demo people may exist and sign in with DEMO_PASSWORD without a second factor. Production refuses to start with it.
DEMO = False
DEMO_PASSWORD = env.text("DEMO_PASSWORD", "demo-password")

INSTALLED_APPS = [
    "indicators",
    "complaints",
    "ngos",
    "programs",
    "beneficiaries",
    "ministry",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "django_htmx",
    "template_partials",
    "django_filters",
    "rest_framework",
    "django_celery_beat",
    "pgtrigger",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_structlog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "ministry.middleware.ActorMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ministry.middleware.SecurityHeadersMiddleware",
    "ministry.middleware.SecondFactorMiddleware",
    "ministry.middleware.ErrorPageMiddleware",
]

ROOT_URLCONF = "ministry.urls"
WSGI_APPLICATION = "ministry.wsgi.application"

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "ministry.context.portal",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "template_partials.templatetags.partials",
                "ministry.templatetags.portal",
            ],
        },
    },
]

# One Postgres. The embedded server's address arrives in DATABASE_URL too (see ministry/ops).
DATABASES = {
    "default": dj_database_url.parse(
        env.text("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/portal"),
        conn_max_age=env.number("DATABASE_CONN_MAX_AGE", 60),
        conn_health_checks=True,
    ),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

AUTH_USER_MODEL = "ministry.User"
AUTHENTICATION_BACKENDS = [
    "ministry.backends.SignInBackend",
    "ministry.backends.AssignmentBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/"
PASSWORD_RESET_TIMEOUT = 60 * 60 * 3  # a reset link is good for three hours

ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# Lockout: five wrong passwords for one account, or twenty from one address, in a quarter of an hour.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/15m/ip,5/15m/key"}
ACCOUNT_FORMS = {
    "login": "ministry.forms.account.LoginForm",
    "change_password": "ministry.forms.account.ChangePasswordForm",
    "reset_password": "ministry.forms.account.ResetPasswordForm",
    "reset_password_from_key": "ministry.forms.account.ResetPasswordKeyForm",
    "reauthenticate": "ministry.forms.account.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "ministry.forms.account.AuthenticateForm",
    "reauthenticate": "ministry.forms.account.ReauthenticateCodeForm",
    "activate_totp": "ministry.forms.account.ActivateTOTPForm",
    "add_webauthn": "ministry.forms.account.AddWebAuthnForm",
    "edit_webauthn": "ministry.forms.account.EditWebAuthnForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Social Protection Portal"
# Staff must set up a second factor before anything else is shown to them (off only in the demo).
SECOND_FACTOR_REQUIRED = True

LANGUAGE_CODE = "ar"
LANGUAGES = [("ar", _("Arabic")), ("en", _("English"))]
TIME_ZONE = env.text("TIME_ZONE", "Africa/Cairo")
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "collected")))
# `static/vendor` is filled at set-up from packages (fonts); the portal works without it.
STATICFILES_DIRS = [BASE_DIR / "static"]
# Private files: never under a URL, served only through a permission check.
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(DATA_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "ministry.static_storage.PortalStaticFilesStorage"},
}
# Largest upload in bytes: a register file of a large governorate.
UPLOAD_LIMIT = env.number("UPLOAD_LIMIT", 512 * 1024 * 1024)
# Uploaded files and their folders are readable by the portal's own account only.
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
# What looks for malware besides the checks by content: "ministry.documents.scanning.ClamAV" with CLAMAV_ADDRESS
# (unix:///run/clamav/clamd.sock or tcp://host:3310). Files stay in quarantine until it has answered.
DOCUMENT_SCANNER = env.text("DOCUMENT_SCANNER", "ministry.documents.scanning.InspectionOnly")
CLAMAV_ADDRESS = env.text("CLAMAV_ADDRESS", "")
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# Keys that seal contacts and confidential matters, separated by commas: the first seals, all open, the last also makes
# the marks of PINs. They lie nowhere in the database: without them its copy says nothing. Production refuses to start
# without them.
VAULT_KEYS = env.words("VAULT_KEYS")
# For how many days after its end the words of a confidential case are kept.
VAULT_KEEP_DAYS = env.number("VAULT_KEEP_DAYS", 5 * 365)
# Where «leave this page quickly» leads: a page nobody wonders about.
QUICK_EXIT_URL = env.text("QUICK_EXIT_URL", "https://www.google.com/")
# From one address in an hour; what comes beyond is held for a person to look at, not refused.
COMPLAINTS_PER_ADDRESS = env.number("COMPLAINTS_PER_ADDRESS", 20)
# Nobody answers all questions in fewer seconds; who does is held for a look (0: nobody is).
COMPLAINTS_FASTEST_SECONDS = env.number("COMPLAINTS_FASTEST_SECONDS", 6)
# Pictures and papers added from one address in an hour: a village behind one mast shares one.
COMPLAINTS_FILES_PER_ADDRESS = env.number("COMPLAINTS_FILES_PER_ADDRESS", 300)
# Calls of one partner system in a minute, and the largest body it may send, in bytes.
COMPLAINTS_API_PER_MINUTE = env.number("COMPLAINTS_API_PER_MINUTE", 120)
API_BODY_LIMIT = env.number("API_BODY_LIMIT", 256 * 1024)
# What the SMS gateway signs with, separated by commas: two while one replaces the other; empty: no SMS comes in.
SMS_INBOUND_SECRETS = env.words("SMS_INBOUND_SECRETS")
# Wrong PINs in a quarter of an hour.
COMPLAINTS_TRIES_PER_CODE = env.number("COMPLAINTS_TRIES_PER_CODE", 5)
COMPLAINTS_TRIES_PER_ADDRESS = env.number("COMPLAINTS_TRIES_PER_ADDRESS", 30)

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 60 * 60 * 8
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "ministry.views.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'self'"],
        "object-src": ["'none'"],
    },
}

# "text" for people, "json" for a log store (the default in production).
LOG_FORMAT = env.text("LOG_FORMAT", "text")
logs.configure(LOG_FORMAT)
# Log lines of a task carry its id and the request that sent it.
DJANGO_STRUCTLOG_CELERY_ENABLED = True

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Shorter than Celery's hour: a message of a dead worker comes back by itself (jobs are found earlier, by heartbeat).
# One short try to reach the queue: nobody waits for a page because Redis is down.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"

EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "portal@localhost")
# SMS backend (dotted path): file and console ones for development, an HTTP gateway for production.
SMS_BACKEND = env.text("SMS_BACKEND", "ministry.notices.sms.FileBackend")
SMS_GATEWAY_URL = env.text("SMS_GATEWAY_URL", "")
SMS_GATEWAY_TOKEN = env.text("SMS_GATEWAY_TOKEN", "")
SMS_SENDER = env.text("SMS_SENDER", "MOSS")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
