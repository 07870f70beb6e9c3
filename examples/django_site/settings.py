"""Settings of the Django example: those that the sign-in needs have a comment."""

import os
import secrets

ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
# Sign-in is AzureAdAuth's alone: no backend takes passwords.
AUTHENTICATION_BACKENDS = ["django_site.users.NoPasswords"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE_FILE"]}}
# Errors that no view catches reach AzureAdAuth, which answers its own; the others go on to the server.
DEBUG_PROPAGATE_EXCEPTIONS = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",  # for messages; nobody is signed in by it
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_site.users.DirectoryUsers",  # in place of Django's AuthenticationMiddleware
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "django_site.urls"
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY") or secrets.token_hex()
STATIC_URL = "/static/"
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
ORDERS_SCOPE = os.environ["ORDERS_SCOPE"]
ORDERS_URL = os.environ["ORDERS_URL"]
