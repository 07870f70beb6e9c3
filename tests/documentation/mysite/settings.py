"""A Django project for the pages that show none: its middleware, one view, and no database."""

ALLOWED_HOSTS = ["testserver", "localhost"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "azuread_auth.django.AzureAdMiddleware",
]
ROOT_URLCONF = "mysite.urls"
SECRET_KEY = "a key of a test"
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
