"""Settings of the project that the tests serve: on servers from the environment, in the tests with what they say."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

ORDERS = os.environ.get("ORDERS_SCOPE", "api://orders/Orders.Read")


def _database() -> str:
    """A file that goes with the process."""
    folder = tempfile.mkdtemp(prefix="django-site-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return str(Path(folder, "site.sqlite3"))


ALLOWED_HOSTS = ["localhost", "127.0.0.1", "app.example.com"]
AUTHENTICATION_BACKENDS = ["azuread_auth.django.AzureAdBackend", "django.contrib.auth.backends.ModelBackend"]
AZUREAD_AUTH = {
    "login": {"scopes": [ORDERS], "response_mode": os.environ.get("RESPONSE_MODE", "query")},
    "public_paths": ["/admin/login/", "/public/*"],
    "optional_paths": ["/open/*"],
    "staff_role": "Admin",
    "superuser_role": "Admin",
    "group_roles": {"Admin": "administrators"},
}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        # A file, because each thread has a connection of its own.
        "NAME": os.environ.get("DATABASE_FILE") or _database(),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "azuread_auth.django",
]
LOGIN_URL = "/auth/login"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "azuread_auth.django.AzureAdMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ROOT_URLCONF = "tests.web.django_site.urls"
SECRET_KEY = "a key of a test, with as many characters as Django wants of one: 0123456789"
SESSION_COOKIE_AGE = 28_800
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
USE_TZ = True
