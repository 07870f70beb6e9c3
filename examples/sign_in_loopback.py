"""What the examples with a sign-in share beside loopback.py: another API to call, and what a browser does, for --check.

An application of yours needs none of this: `uvicorn --factory fastapi_web:create_app` or
`gunicorn "flask_web:create_app()"`, with AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_AD_BASE_URL and
AZURE_AD_COOKIE_KEYS in the environment.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIEnvironment

import httpx2
from loopback import HOST, PORT, Call, check_calls, wait_for_ctrl_c, wsgi_server

from azuread_auth import AzureAdSettings, Scope
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.wsgi import AzureAdAuth

__all__ = ["Options", "Visit", "options", "run_web", "simulated_surroundings"]

CreateApp = Callable[[Mapping[str, str]], Any]
Serve = Callable[[Any, int], AbstractContextManager[str]]

NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"}
MAX_REDIRECTS = 10


@dataclass(frozen=True, slots=True)
class Visit:
    """A page to open, signed in as a user: what it shows, where, who, the status it gets, and a text that is on it."""

    meaning: str
    path: str
    user: str
    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    is_check: bool
    port: int
    response_mode: str


def options() -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="make the calls and visits once, and end")
    parser.add_argument("--port", type=int, default=PORT, help="0: any free port")
    parser.add_argument(
        "--response-mode", choices=("query", "form_post"), default="query", help="how the code comes back"
    )
    given = parser.parse_args()
    return Options(given.check, 0 if given.check else given.port, given.response_mode)


def run_web(create_app: CreateApp, calls: Sequence[Call], visits: Sequence[Visit], serve: Serve) -> None:
    """Serve an application with a sign-in until Ctrl-C; with --check make the calls and visits, and end."""
    chosen = options()
    with simulated_surroundings() as (tenant, environ):
        app = create_app({**environ, "AZURE_AD_RESPONSE_MODE": chosen.response_mode})
        with serve(app, chosen.port) as address:
            origin = address.replace(HOST, "localhost")  # another site than the tenant's, as in production
            if chosen.is_check:
                is_right = check_calls(origin, tenant, calls)
                sys.exit(0 if _check_visits(origin, tenant, visits, chosen.response_mode) and is_right else 1)
            print(
                f"Serving on {origin}, and a simulated tenant on {tenant.authority_host}. Ctrl-C ends both.", flush=True
            )
            wait_for_ctrl_c()


@contextmanager
def simulated_surroundings() -> Iterator[tuple[SimulatedTenant, dict[str, str]]]:
    """A tenant, and the environment of an application in it: credentials, and another API with its scope."""
    with SimulatedTenant() as tenant:
        environ = tenant.environ()
        registration = tenant.register_app()
        settings = AzureAdSettings.from_env(environ, client_id=registration.client_id, credential=None)
        with wsgi_server(AzureAdAuth(orders_api, settings), 0) as address:
            scope = f"api://{registration.client_id}/Orders.Read"
            yield tenant, {**environ, "ORDERS_URL": f"{address}/orders", "ORDERS_SCOPE": scope}


def orders_api(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Another team's API: it knows users by their access tokens alone."""
    caller = environ["azuread_auth.principal"]
    Scope("Orders.Read").check(caller)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps([f"A book for {caller.display_name}", "A lamp"]).encode()]


def _check_visits(origin: str, tenant: SimulatedTenant, visits: Sequence[Visit], response_mode: str) -> bool:
    is_right = True
    for user in dict.fromkeys(visit.user for visit in visits):
        with Browser(origin, tenant, user, response_mode) as browser:
            for visit in (each for each in visits if each.user == user):
                response = browser.open(visit.path)
                is_found = visit.text in response.text
                shown = visit.text if is_found else response.text
                print(f"{response.status_code}  GET {visit.path}, {visit.meaning}, as {user}: {shown}")
                is_right = is_right and is_found and response.status_code == visit.status
            is_right = browser.is_signed_out() and is_right
    return is_right


class Browser:
    """What a browser does in a sign-in, without one: it keeps cookies, follows redirects and sends the form back."""

    def __init__(self, origin: str, tenant: SimulatedTenant, user: str, response_mode: str) -> None:
        self._origin, self._tenant, self._user, self._response_mode = origin, tenant, user, response_mode
        # Browsers send cookies marked Secure to localhost over http, too.
        cookies = CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https")))
        self._http = httpx2.Client(base_url=origin, cookies=cookies, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def open(self, path: str) -> httpx2.Response:
        """The page in the end."""
        response = self._http.get(path, headers=NAVIGATION)
        for _ in range(MAX_REDIRECTS):
            if not response.has_redirect_location:
                break
            location = response.headers["location"]
            if location.startswith(self._tenant.authority_host):
                response = self._come_back(self._tenant.sign_in(location, self._user))
            else:
                response = self._http.get(location, headers=NAVIGATION)
        return response

    def is_signed_out(self) -> bool:
        """Sign out, and see that the profile is not to be had any more."""
        response = self._http.post("/auth/logout", headers={"Origin": self._origin})
        print(f"{response.status_code}  POST /auth/logout, as {self._user}")
        after = self._http.get("/profile", headers=NAVIGATION)
        print(f"{after.status_code}  GET /profile, after that: on the way to {after.headers.get('location')}")
        return response.status_code == after.status_code == 303

    def _come_back(self, parameters: Mapping[str, str]) -> httpx2.Response:
        if self._response_mode == "query":
            return self._http.get("/auth/callback", params=dict(parameters), headers=NAVIGATION)
        return self._http.post("/auth/callback", data=dict(parameters))
