"""Settings: everything that differs between machines comes from the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

PACKAGE = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("MADOGUCHI_VAR", "var")).resolve()
DEMO = os.environ.get("MADOGUCHI_DEMO", "") == "1"
DEBUG = os.environ.get("MADOGUCHI_DEBUG", "") == "1"
# Of a process that only runs checks, and of the first `madoguchi setup` until it has made the secret.
NO_SECRET = "not-for-serving"  # noqa: S105
SECRET_KEY = os.environ.get("MADOGUCHI_SECRET_KEY", "")
if not SECRET_KEY:
    SECRET_FILE = VAR / "secret-key"
    SECRET_KEY = SECRET_FILE.read_text().strip() if SECRET_FILE.exists() else NO_SECRET
# Secrets of earlier, by commas: they still open what was sealed with them, and make nothing new.
SECRET_KEY_FALLBACKS = list(filter(None, os.environ.get("MADOGUCHI_OLD_SECRET_KEYS", "").split(",")))

ALLOWED_HOSTS = os.environ.get("MADOGUCHI_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
PORT = int(os.environ.get("PORT") or "8000")
PUBLIC_URL = os.environ.get("MADOGUCHI_URL", f"http://127.0.0.1:{PORT}")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_COOKIES = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

DOMAIN_ROOMS = (
    "events",
    "people",
    "ledger",
    "registry",
    "onboarding",
    "counter",
    "payments",
    "settlement",
    "rewards",
    "opendata",
)
WEB_ROOMS = (
    "public",
    "merchant",
    "till",
    "town",
    "office",
    "provider",
    "campaigns",
    "guide",
    "services",
    "finder",
    "figures",
    "opendata",
)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "csp",
    *(f"madoguchi.{room}" for room in DOMAIN_ROOMS),
    "madoguchi.jobs",
    "madoguchi.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "madoguchi.web.middleware.GZipPagesMiddleware",
    "madoguchi.web.remembered.RememberedPagesMiddleware",
    "madoguchi.web.middleware.StylesAheadMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "madoguchi.web.middleware.ActorMiddleware",
    "madoguchi.web.middleware.RefusalMiddleware",
]

# Pictures of an outside map server under the places, e.g. https://example.org/{z}/{x}/{y}.png; empty for none. Its
# credit is shown, and browsers may ask it and no other.
BASE_TILES = os.environ.get("MADOGUCHI_BASE_TILES", "")
BASE_CREDIT = os.environ.get("MADOGUCHI_BASE_CREDIT", "")
BASE_TILES_MAX_ZOOM = int(os.environ.get("MADOGUCHI_BASE_TILES_MAX_ZOOM") or "18")
BASE_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(BASE_TILES))] if urlsplit(BASE_TILES).netloc else []

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "connect-src": [SELF, *BASE_ORIGINS],
        "img-src": [SELF, "data:", *BASE_ORIGINS],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
    }
}

ROOT_URLCONF = "madoguchi.config.urls"
WSGI_APPLICATION = "madoguchi.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates", *(PACKAGE / "web" / room / "templates" for room in WEB_ROOMS)],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "madoguchi.web.context.shell",
            ],
            "builtins": ["madoguchi.web.templatetags.madoguchi"],
        },
    }
]


def database(url: str) -> dict[str, Any]:
    """Django's settings for `postgresql://user:password@host:port/name` or `sqlite:///path`."""
    parts = urlsplit(url)
    if parts.scheme in {"postgres", "postgresql"}:
        socket = dict(pair.split("=", 1) for pair in parts.query.split("&") if pair).get("host", "")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(socket) or parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
        }
    return {
        "ENGINE": "madoguchi.config.sqlite",
        "NAME": parts.path if parts.path.startswith("//") is False else parts.path[1:],
        "CONN_MAX_AGE": None,
        # Said outright: test runners know only Django's own backend to be one that can live in memory.
        "TEST": {"NAME": ":memory:"},
        "OPTIONS": {
            # A write transaction takes its lock at BEGIN, so that it waits its turn instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: an acknowledged payment survives a power cut, not only a killed process.
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
                "PRAGMA mmap_size=268435456; PRAGMA cache_size=-65536;"
            ),
        },
    }


DATABASES = {"default": database(os.environ.get("DATABASE_URL") or f"sqlite:///{VAR / 'madoguchi.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# SQLite cannot hold people_one_membership_each; PostgreSQL does, and `grant_role` looks first.
SILENCED_SYSTEM_CHECKS = ["models.W047"]

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["madoguchi.people.backends.PasswordBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "web" / "locale", *(PACKAGE / "web" / room / "locale" for room in WEB_ROOMS)]
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if os.environ.get("MADOGUCHI_COLLECT") or (STATIC_ROOT / "staticfiles.json").exists()
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Of all web processes: pages that many ask for within half a minute, some 15 kB each (ADR 0021).
CACHES = {
    "default": {
        "BACKEND": "madoguchi.config.shared_memory.SharedMemory",
        "LOCATION": str(VAR / "remembered.sqlite3"),
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Without a mail server, e-mails are written to a folder in which an administrator can read them.
MAIL_URL = urlsplit(os.environ.get("MADOGUCHI_MAIL", ""))
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if MAIL_URL.hostname else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = VAR / "mail"
EMAIL_HOST, EMAIL_PORT = MAIL_URL.hostname or "", MAIL_URL.port or 587
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(MAIL_URL.username or ""), unquote(MAIL_URL.password or "")
EMAIL_USE_TLS = MAIL_URL.scheme == "smtp+tls"
# How many proxies stand in front, each of which adds the address that it was asked from.
PROXIES = int(os.environ.get("MADOGUCHI_PROXIES") or "1")
# Requests a minute to the open API from one network; 0 for as many as come.
OPEN_LIMIT_PER_MINUTE = int(os.environ.get("MADOGUCHI_OPEN_LIMIT_PER_MINUTE") or "120")
# Whom readers of the open data may write to; empty tells nobody's address.
OPEN_CONTACT = os.environ.get("MADOGUCHI_OPEN_CONTACT", "")
# Where the programme's office reads that an applicant wrote; empty for an office that looks for itself.
OFFICE_EMAIL = os.environ.get("MADOGUCHI_OFFICE_MAIL", "")
DEFAULT_FROM_EMAIL = os.environ.get("MADOGUCHI_MAIL_FROM", "madoguchi@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "madoguchi.config.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": os.environ.get("MADOGUCHI_LOG", "WARNING")},
}
