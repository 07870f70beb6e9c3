"""Test clients of an application, each with the session of a user who signed in at a simulated tenant."""

import inspect
import re
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager, nullcontext
from html import unescape
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

from azuread_auth.errors import ConfigurationError, LoginFailed
from azuread_auth.simulation.installing import is_starlette, web_login_of
from azuread_auth.simulation.tenant import SimulatedTenant
from azuread_auth.simulation.users import SimulatedUser
from azuread_auth.web_login import WebLogin

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["SignInClient", "signed_in_clients"]

_SAID: Final = re.compile("<(h1|p)>(.*?)</(?:h1|p)>", re.DOTALL)
"""What a page of ours says first: its title, and why."""
_OWN_PAGE: Final = {"sec-fetch-site": "same-origin"}
"""What browsers add to requests of an application's own pages; without it methods that change something are refused."""
_NAVIGATION: Final = {"accept": "text/html", "sec-fetch-mode": "navigate"}
"""What they add where a person goes from page to page: errors are pages then."""
_FROM_ELSEWHERE: Final = {**_NAVIGATION, "sec-fetch-site": "cross-site"}


class SignInClient(Protocol):
    """What the fixture `signed_in_client` is."""

    def __call__(self, app: object, user: SimulatedUser | str = "adele") -> Any:  # noqa: ANN401 - each framework has its own
        """A test client of the application, with the session of the user."""
        ...


@contextmanager
def signed_in_clients(tenant: SimulatedTenant) -> Generator[SignInClient, None, None]:
    """Makes signed-in test clients until the end of the `with` block, and closes them then.

    A client is Flask's for Flask applications, Starlette's for others of ASGI, with their lifespan begun, and an
    `httpx2.Client` for others of WSGI. It has gone through the application's own login and callback routes, and sends
    what a browser on a page of the application would send. The application trusts the tenant meanwhile, as inside
    `tenant.installed_in(app)`.

    Raises ConfigurationError for an application without AzureAdAuth or without `login=`, or where the tenant would show
    an error page; LoginFailed where the application refuses the user.
    """
    with ExitStack() as stack:
        installed: list[object] = []

        def signed_in(app: object, user: SimulatedUser | str = "adele") -> Any:  # noqa: ANN401 - see above
            if not any(app is each for each in installed):
                stack.enter_context(tenant.installed_in(app))
                installed.append(app)
            web_login = web_login_of(app)
            if web_login is None:
                message = "the application has no sign-in; expected login=WebLogin(...) on its AzureAdAuth"
                raise ConfigurationError(message)
            client = stack.enter_context(_client(app, _base_url(web_login)))
            _sign_in(client, web_login, tenant, user)
            return client

        yield signed_in


def _base_url(web_login: WebLogin) -> str:
    if web_login.urls:
        return web_login.urls[0].rstrip("/")
    # A form post from another site takes Secure cookies: browsers send them to http://localhost too, clients do not.
    return "https://localhost" if web_login.response_mode == "form_post" else "http://localhost"


def _sign_in(client: Any, web_login: WebLogin, tenant: SimulatedTenant, user: SimulatedUser | str) -> None:  # noqa: ANN401 - see above
    begun = client.get(web_login.login_path, headers=_NAVIGATION, follow_redirects=False)
    _check(begun, "login")
    redirect_uri = _redirect_uri(begun.headers["location"])
    tenant.add_redirect_uri(redirect_uri)
    callback = tenant.sign_in(begun.headers["location"], user)
    if web_login.response_mode == "form_post":
        path = web_login.callback_path
        answer = client.post(path, data=callback, headers=_FROM_ELSEWHERE, follow_redirects=False)
    else:
        path = f"{web_login.callback_path}?{urlencode(callback)}"
        answer = client.get(path, headers=_FROM_ELSEWHERE, follow_redirects=False)
    _check(answer, "callback")


def _redirect_uri(authorization_url: str) -> str:
    return parse_qs(urlsplit(authorization_url).query)["redirect_uri"][0]


def _check(answer: Any, route: str) -> None:  # noqa: ANN401 - a response of any framework
    if answer.status_code == 303:
        return
    said = "".join(f": {unescape(text).strip()}" for _, text in _SAID.findall(answer.text)[:2])
    message = f"the {route} route of the application answered {answer.status_code} in place of a redirect{said}"
    raise LoginFailed(message)


def _client(app: Any, base_url: str) -> Any:  # noqa: ANN401 - see above
    """A context manager that gives a client of the application's kind."""
    if callable(getattr(app, "test_client", None)) and hasattr(app, "wsgi_app"):
        return nullcontext(_flask_client(app, base_url))
    if _is_wsgi(app):
        return _wsgi_client(app, base_url)
    from starlette.testclient import TestClient  # noqa: PLC0415 - applications of WSGI need none

    client = TestClient(app, base_url=base_url, root_path=urlsplit(base_url).path, headers=_OWN_PAGE)
    # Others need not know what a lifespan is.
    return client if is_starlette(app) else nullcontext(client)


def _is_wsgi(app: object) -> bool:
    """Whether two arguments call it (PEP 3333), not three."""
    try:
        inspect.signature(app).bind(None, None)  # type: ignore[arg-type]  # what is not callable is a TypeError too
    except TypeError:
        return False
    return True


def _flask_client(app: Any, base_url: str) -> Any:  # noqa: ANN401 - Flask is not known here
    own_client: type[Any] = type(app.test_client())

    class SignedInClient(own_client):  # type: ignore[misc]  # which one it is, the application knows
        """Asks at the address of the application, not at what the configuration of Flask says."""

        def open(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as its base class has it
            if args and isinstance(args[0], str):
                kwargs.setdefault("base_url", base_url)
            return super().open(*args, **kwargs)

    client = SignedInClient(app, app.response_class, use_cookies=True)
    client.environ_base["HTTP_SEC_FETCH_SITE"] = _OWN_PAGE["sec-fetch-site"]
    return client


def _wsgi_client(app: "WSGIApplication", base_url: str) -> Any:  # noqa: ANN401 - httpx2 loads slowly
    import httpx2  # noqa: PLC0415

    prefix = urlsplit(base_url).path

    def mounted(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        # As PEP 3333 has it, where the transport does not: text that holds the bytes, and no prefix twice.
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(prefix).encode().decode("latin-1")
        return app(environ, start_response)

    transport = httpx2.WSGITransport(mounted, script_name=prefix)
    return httpx2.Client(transport=transport, base_url=base_url, headers=_OWN_PAGE)
