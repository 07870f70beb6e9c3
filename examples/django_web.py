"""A Django project, django_site, with pages and Django's own administration behind a sign-in.

uv run --all-extras python examples/django_web.py          serve it, with a page to open
uv run --all-extras python examples/django_web.py --check  make calls and visits, and end
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from wsgiref.types import WSGIApplication

from django.core.management import call_command
from loopback import Call, wsgi_server
from sign_in_loopback import Visit, run_web


def create_app(environ: Mapping[str, str]) -> WSGIApplication:
    """The project's application, with a database of its own."""
    folder = tempfile.mkdtemp(prefix="django-web-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.update(environ, DATABASE_FILE=str(Path(folder, "users.sqlite3")))
    from django_site.wsgi import application  # noqa: PLC0415 - a Django project reads the environment when imported

    call_command("migrate", verbosity=0)
    return application


CALLS = [
    Call("the API without a token", "/api/files", None, 401),
    Call("the API with the scope Files.Read", "/api/files", {"scopes": ["Files.Read"]}, 200),
    Call("the API with another scope", "/api/files", {"scopes": ["Mail.Send"]}, 403),
]
VISITS = [
    Visit("the first page", "/", "adele", 200, "Nobody is signed in"),
    Visit("a page behind the sign-in", "/profile", "adele", 200, "Adele Vance"),
    Visit("a call to another API", "/orders", "adele", 200, "A book for Adele Vance"),
    Visit("a stronger sign-in", "/payments", "adele", 200, "You have confirmed that it is you"),
    Visit("Django's administration", "/admin/", "adele", 403, "Forbidden"),
    Visit("Django's administration", "/admin/", "megan", 200, "Site administration"),
]

if __name__ == "__main__":
    run_web(create_app, CALLS, VISITS, wsgi_server)
