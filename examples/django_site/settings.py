"""Settings of the Django example: those that the sign-in needs have a comment."""

import os
import secrets

ORDERS_SCOPE = os.environ["ORDERS_SCOPE"]
ORDERS_URL = os.environ["ORDERS_URL"]

ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
# Sign-in is Entra's alone: with Django's ModelBackend beside it, users with passwords could sign in too.
AUTHENTICATION_BACKENDS = ["azuread_auth.django.AzureAdBackend"]
# The tenant, the application and its credential are in the environment.
AZUREAD_AUTH = {
    "login": {"scopes": [ORDERS_SCOPE]},
    "optional_paths": ["/"],
    "staff_role": "Admin",
    "superuser_role": "Admin",
}
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE_FILE"]}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "azuread_auth.django",  # for `manage.py check`
]
LOGIN_URL = "/auth/login"  # where Django's own decorators send people
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "azuread_auth.django.AzureAdMiddleware",  # right after Django's own
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "django_site.urls"
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY") or secrets.token_hex()  # several workers need the same
SESSION_COOKIE_AGE = 28_800  # a working day: roles count as they were at sign-in
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
