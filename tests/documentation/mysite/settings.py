"""A Django project for the pages that wrap one: its urls and middleware are the page's own where it has them."""

from importlib.util import find_spec

ALLOWED_HOSTS = ["testserver", "localhost"]
MIDDLEWARE = ["middleware.Refusals"] if find_spec("middleware") else []
ROOT_URLCONF = "urls" if find_spec("urls") else "mysite.urls"
SECRET_KEY = "a key of a test"
