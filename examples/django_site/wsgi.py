"""The application for a WSGI server. All that the sign-in needs comes from the environment."""

import os

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application

from azuread_auth import WebLogin
from azuread_auth.wsgi import AzureAdAuth

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_site.settings")

application = AzureAdAuth(
    StaticFilesHandler(get_wsgi_application()),  # the look of the administration, which a web server serves elsewhere
    login=WebLogin.from_env(scopes=[settings.ORDERS_SCOPE]),
    optional_paths=("/",),
    public_paths=("/static/*",),
)
