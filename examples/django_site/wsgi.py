"""The application for a WSGI server."""

import os

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_site.settings")

# The look of the administration, which a web server serves elsewhere.
application = StaticFilesHandler(get_wsgi_application())
