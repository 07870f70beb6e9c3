"""The setting AZUREAD_AUTH: where its values come from, what is refused, and what `manage.py check` says."""

import asyncio
import subprocess
import sys

import pytest
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

from azuread_auth import AsyncAzureAdClient, AzureAdClient, AzureAdSettings, Principal, WebLogin
from azuread_auth._web.paths import Access
from azuread_auth.cli.checkup.application import unwrapped
from azuread_auth.errors import ConfigurationError, LoginFailed
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.installing import _parts

pytest_plugins = ("tests.web.django_fixtures",)

GUID = "9b4f7c2e-1d3a-4f5b-8c6d-7e8f9a0b1c2d"
FIELDS = {"tenant_id": GUID, "client_id": GUID}
OTHER = "11111111-2222-3333-4444-555555555555"
KEY = bytes(range(32))


def test_large_forms_without_a_length(configure):
    """Over ASGI a body may come without saying how long it is; it is as limited."""
    from io import BytesIO  # noqa: PLC0415 - for one line

    from django.core.handlers.asgi import ASGIRequest  # noqa: PLC0415 - Django is set up only now

    from azuread_auth.django.exchange import form_body  # noqa: PLC0415 - as above

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    assert form_body(ASGIRequest(scope, BytesIO(b"code=a"))) == b"code=a"
    with pytest.raises(LoginFailed, match="too large"):
        form_body(ASGIRequest(scope, BytesIO(b"x" * 70_000)))


@pytest.fixture
def read(django_project):
    """Reads a value of AZUREAD_AUTH."""
    from azuread_auth.django.configuration import read_configuration  # noqa: PLC0415 - Django is set up only now

    return lambda given, **environ: read_configuration(given, environ)


def test_values_come_from_the_environment_too(read):
    """What the setting leaves out comes from the environment, and what it says wins."""
    known = read({"client_id": GUID, "login": {"after_login": "/home"}}, AZURE_TENANT_ID=GUID, AZURE_CLIENT_ID=OTHER)
    assert (known.client.settings.tenant_id, known.client.settings.client_id) == (GUID, GUID)
    assert known.web_login.after_login == "/home"
    assert read({}, AZURE_TENANT_ID=GUID, AZURE_CLIENT_ID=GUID).web_login is None


def test_settings_and_clients_as_values(read):
    """Settings, a client and a WebLogin can be given whole."""
    settings = AzureAdSettings(**FIELDS)
    login = WebLogin(after_login="/home")
    known = read({"settings": settings, "login": login, "render_problem": lambda problem: ("text/plain", b"")})
    assert known.client.settings is settings
    assert known.web_login is login
    client = AsyncAzureAdClient(settings)
    assert read({"client": client}).client is client


def test_cookie_keys_come_of_the_secret_key(read, configure):
    """Cookies of the sign-in are sealed by keys of SECRET_KEY, older ones of its fallbacks; others can be given."""
    base = {**FIELDS, "login": {"base_url": "https://app.example.com"}}
    one = list(read(base).web_login.cookie_keys)
    configure(others={"SECRET_KEY": "another key", "SECRET_KEY_FALLBACKS": [b"older", "oldest"]})
    three = list(read(base).web_login.cookie_keys)
    assert (len(one), len(three), one[0] in three) == (1, 3, False)
    given = read({**FIELDS, "login": {**base["login"], "cookie_keys": [KEY]}}).web_login.cookie_keys
    assert [key.reveal_bytes() for key in given] == [KEY]
    text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    assert len(read(base, AZURE_AD_COOKIE_KEYS=f"{text},{text[::-1][1:]}=").web_login.cookie_keys) == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param([], "AZUREAD_AUTH is a list", id="no dict"),
        pytest.param({"tenantid": GUID}, "unknown key 'tenantid'; did you mean 'tenant_id'", id="misspelt"),
        pytest.param({"zzz": GUID}, "expected some of accept_tokens", id="unknown"),
        pytest.param({"client_id": GUID}, "AZURE_AD_TENANT_ID", id="missing"),
        pytest.param({**FIELDS, "login": {"baseurl": ""}}, "did you mean 'base_url'", id="misspelt in login"),
        pytest.param({**FIELDS, "login": True}, r'AZUREAD_AUTH\["login"\] is a bool', id="login is no dict"),
        pytest.param({**FIELDS, "login": {"session_store": "client"}}, "SESSION_ENGINE", id="a store of sessions"),
        pytest.param({**FIELDS, "login": {"session_idle_seconds": 60}}, "SESSION_COOKIE_AGE", id="idle time"),
        pytest.param({**FIELDS, "login": {"session_lifetime_seconds": 7200}}, "SESSION_COOKIE_AGE", id="lifetime"),
        pytest.param(
            {**FIELDS, "login": {"trusted_origins": ["https://a.example"]}}, "CSRF_TRUSTED_ORIGINS", id="origins"
        ),
        pytest.param({**FIELDS, "settings": AzureAdSettings(**FIELDS)}, "one source of settings", id="two sources"),
        pytest.param({"settings": FIELDS}, "expected AzureAdSettings", id="settings are a dict"),
        pytest.param({"client": AzureAdClient(AzureAdSettings(**FIELDS))}, "AsyncAzureAdClient", id="blocking client"),
        pytest.param({**FIELDS, "resource_metadata": True}, "resource_metadata", id="metadata is no dict"),
        pytest.param({**FIELDS, "resource_metadata": {}}, "resource", id="metadata of nothing"),
        pytest.param({**FIELDS, "resource_metadata": {"url": ""}}, "unknown key 'url'", id="misspelt in metadata"),
        pytest.param({**FIELDS, "render_problem": "a"}, "render_problem", id="renderer"),
        pytest.param({**FIELDS, "public_paths": "/a"}, "public_paths", id="one path"),
        pytest.param({**FIELDS, "user_for": "no.such"}, "'no.such', which cannot be imported", id="user_for absent"),
        pytest.param({**FIELDS, "user_for": 1}, "plain function", id="user_for is a number"),
        pytest.param({**FIELDS, "user_for": asyncio.sleep}, "plain function", id="user_for is a coroutine"),
        pytest.param({**FIELDS, "staff_role": ["Admin"]}, "staff_role", id="several roles"),
        pytest.param({**FIELDS, "group_roles": ["Admin"]}, "group_roles", id="groups are a list"),
        pytest.param({**FIELDS, "group_roles": {"Admin": 1}}, "group_roles", id="group is a number"),
    ],
)
def test_wrong_values_are_named(read, given, message):
    """A wrong value is a ConfigurationError that says which it is."""
    with pytest.raises(ConfigurationError, match=message):
        read(given)


def test_a_wrong_configuration_stops_the_start(configure, make_visitor):
    """Django does not serve anything then."""
    configure(settings=..., tenant_id="none", client_id=GUID)
    with pytest.raises(ConfigurationError, match="tenant_id"):
        make_visitor().get("/")


def nobody(principal: Principal) -> None:
    """A rule for users, by its name."""


def test_user_for_decides_who_it_is(make_visitor, configure, users):
    """The application's own function finds the user, for sessions and tokens; None is nobody."""
    root = users.objects.create_user("root", password="x" * 12)
    configure(user_for=lambda principal: root if "Admin" in principal.roles else None)
    visitor = make_visitor()
    visitor.sign_in("megan")
    assert visitor.get("/me").json()["user"] == "root"
    assert visitor.with_token("/me", user="megan").json()["user"] == "root"
    assert make_visitor().sign_in("adele").status_code == 400
    assert visitor.with_token("/me", user="adele").json()["user"] is None
    configure(user_for=f"{__name__}.nobody")
    assert make_visitor().sign_in("megan").status_code == 400

    def stranger(principal):
        message = "ask the service desk"
        raise LoginFailed(message)

    configure(user_for=stranger)
    assert b"the service desk" in make_visitor().sign_in("megan").content
    assert make_visitor().with_token("/me", user="megan").status_code == 403


def test_hooks_may_ask_the_database(make_visitor, configure, users):
    """`on_login` and `on_logout` run where Django lets them use its models; what refuses a user refuses."""
    seen = []

    def on_login(principal):
        seen.append(("in", users.objects.count()))
        if "Admin" not in principal.roles:
            message = "administrators alone"
            raise LoginFailed(message)

    async def on_logout(principal):
        seen.append(("out", principal.name))

    configure(login={"on_login": on_login, "on_logout": on_logout})
    visitor = make_visitor()
    assert visitor.sign_in("adele").status_code == 400
    assert visitor.sign_in("megan").status_code == 303
    visitor.post("/auth/logout", origin="http://localhost")
    assert seen == [("in", 0), ("in", 0), ("out", "Megan Bowen")]


def test_other_settings_for_a_while(visitor):
    """The middleware judges by another tenant while a test wants it to."""
    middleware = _middleware_of(visitor)
    with SimulatedTenant() as other:
        assert visitor.get("/me", **other.headers()).status_code == 401
        with middleware.using(lambda present: other.settings(client_id=present.client_id)):
            assert visitor.get("/me", **other.headers()).status_code == 200
        assert visitor.get("/me", **other.headers()).status_code == 401


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_a_tenant_is_installed_in_the_application(configure, kind):
    """What `wsgi.py` and `asgi.py` have is found through Django's handlers, and left as it was."""
    application = get_wsgi_application() if kind == "wsgi" else get_asgi_application()
    middleware = next(part for part in _parts(application) if hasattr(part, "using"))
    before = middleware._configuration
    with SimulatedTenant() as other:
        with other.installed_in(application):
            assert middleware._configuration.client.settings.tenant_id == other.tenant_id
        assert middleware._configuration is before


@pytest.mark.parametrize("make", [get_wsgi_application, get_asgi_application], ids=["wsgi", "asgi"])
def test_the_checkup_finds_the_middleware(configure, entra, make):
    """`azuread-auth doctor --app` sees what settings and sign-in the project has."""
    (guard,) = unwrapped(make()).guards
    assert guard.settings == entra.settings()
    assert [guard.rules.access(path) for path in ("/public/me", "/me")] == [Access.PUBLIC, Access.PROTECTED]
    assert guard.login is not None


def test_resource_metadata(visitor, configure):
    """The document about the API is there for anybody, and challenges name it, REST framework's too."""
    configure(resource_metadata={"resource": "https://app.example.com/api", "scopes": ["Files.Read"]})
    address = "/.well-known/oauth-protected-resource/api"
    document = visitor.get(address)
    assert document.json()["resource"] == "https://app.example.com/api"
    for path in ("/me", "/public/api"):
        refused = visitor.get(path, authorization="Bearer none")
        assert f'resource_metadata="https://app.example.com{address}"' in refused["WWW-Authenticate"]


def _middleware_of(visitor):
    visitor.get("/public/me")
    part = visitor.client.handler._middleware_chain
    while not hasattr(part, "using"):
        names = ("__wrapped__", "get_response", "func")
        part = next(vars(part)[name] for name in names if name in vars(part))
    return part


def test_front_page_names(django_project):
    """What needs models is loaded when it is asked for; other names are errors as usual."""
    from azuread_auth import django as front_page  # noqa: PLC0415 - Django is set up only now

    for name in front_page.__all__:
        assert getattr(front_page, name).__name__ == name
    with pytest.raises(AttributeError, match="Nothing"):
        front_page.Nothing  # noqa: B018


def test_without_django():
    """Where Django is not installed, the error says what to install."""
    code = "import sys; sys.modules['django'] = None; import azuread_auth.django"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'pip install "azuread-auth[django]"' in ran.stderr


def test_without_rest_framework():
    """The same for REST framework."""
    code = "import sys; sys.modules['rest_framework'] = None; import azuread_auth.django.rest_framework"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install djangorestframework" in ran.stderr
