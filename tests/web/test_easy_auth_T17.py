"""App Service's own authentication: the token it passes on is judged as any other, and nothing else is believed."""

import asyncio
import base64
import json
import time

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient, WebSocketDenialResponse

from azuread_auth import asgi, wsgi
from azuread_auth.client import AsyncAzureAdClient, AzureAdClient
from azuread_auth.errors import ConfigurationError, InteractionRequired
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.web_login import WebLogin
from tests.web.conftest import AsgiDoor
from tests.web.test_identity_T17 import IDENTITY_HEADERS

ID_HEADER, ACCESS_HEADER = "x-ms-token-aad-id-token", "x-ms-token-aad-access-token"
HOST = ("host", b"127.0.0.1")  # as the defaults of WSGI have it
OTHER = "55555555-5555-4555-8555-555555555555"


def platform(tenant, **changes):
    """The environment of an App Service with its authentication on."""
    usual = {"WEBSITE_SITE_NAME": "shop", "WEBSITE_AUTH_ENABLED": "True", "WEBSITE_AUTH_CLIENT_ID": tenant.client_id}
    return usual | changes


def id_token(tenant, **wishes):
    """What the platform got when it signed somebody in: an ID token, with claims that only such have."""
    claims = {"azp": None, "scp": None, "nonce": "of the platform", "c_hash": "x"} | wishes.pop("claims", {})
    return tenant.mint_token(audience=tenant.client_id, claims=claims, **wishes).encode()


@pytest.fixture
def make_easy_door(kind_of_door, tenant):
    """Makes a door on App Service; `token` says which one is read."""

    def make(token="id_token", *, environ=None, settings=None, **options):
        client = kind_of_door.own_client(settings or tenant.settings(), environ=environ or platform(tenant))
        return kind_of_door(client=client, easy_auth=token, **options)

    return make


def test_T17_id_token_says_who_it_is(make_easy_door, tenant):
    """A user of the platform's sign-in: a session, with roles and without scopes, whose answers no cache keeps."""
    door = make_easy_door()
    answer = door.ask("/", (ID_HEADER, id_token(tenant, user="megan", roles=["Admin"])))
    answer.assert_is("OK")
    principal = door.visits[0].principal
    assert (principal.name, principal.kind, principal.auth_method) == ("Megan Bowen", "user", "session")
    assert "Admin" in principal.roles
    assert (principal.scopes, principal.token, principal.client_id) == (frozenset(), None, None)
    assert answer.header("cache-control") == "no-store"


@pytest.mark.parametrize("repeats", [1, 2])
def test_T17_access_token_is_a_bearer_token(make_easy_door, tenant, repeats):
    """One for this API has scopes, and other APIs can be called with it; answers are private all the same."""
    door = make_easy_door("access_token")
    token = tenant.mint_token(scopes=["Files.Read"])
    for _ in range(repeats):
        answer = door.ask("/", (ACCESS_HEADER, token.encode()))
        answer.assert_is("OK")
    principal = door.visits[-1].principal
    assert (principal.scopes, principal.auth_method, principal.token.reveal()) == ({"Files.Read"}, "bearer", token)
    assert answer.header("cache-control") == "no-store"


@pytest.mark.parametrize(
    "header",
    [
        pytest.param((ID_HEADER, b"{good}.x"), id="four parts"),
        pytest.param((ID_HEADER, b"e30=.e30=.e30="), id="not base64url"),
        pytest.param((ID_HEADER, b"\xff\x00"), id="no text"),
        pytest.param((ID_HEADER, b"x" * 1_000_000), id="a megabyte"),
        pytest.param((ID_HEADER, b"Bearer {good}"), id="with a scheme"),
    ],
)
def test_T17_what_is_no_token_is_refused(make_easy_door, tenant, header):
    """What is there must be a good token, on optional paths too."""
    value = header[1].replace(b"{good}", id_token(tenant))
    for door in (make_easy_door(), make_easy_door(allow_anonymous=True)):
        door.ask("/", (header[0], value)).assert_is("401t")
        assert not door.visits


@pytest.mark.parametrize(
    "wishes",
    [
        pytest.param({"fault": "alg-none"}, id="unsigned"),
        pytest.param({"fault": "hs256-with-public-key"}, id="signed with the public key"),
        pytest.param({"fault": "bad-signature"}, id="bad signature"),
        pytest.param({"fault": "unknown-key"}, id="another key"),
        pytest.param({"claims": {"aud": OTHER}}, id="for another application"),
        pytest.param({"claims": {"azp": OTHER}}, id="issued to another application"),
        pytest.param({"claims": {"iss": "https://evil.test/"}}, id="another issuer"),
        pytest.param({"tenant_id": OTHER}, id="another tenant"),
        pytest.param({"expires_in": -400}, id="expired"),
        pytest.param({"kind": "app", "roles": ["Any"]}, id="of an application"),
        pytest.param({"claims": {"scp": "Files.Read"}}, id="T63 an access token of this application for itself"),
    ],
)
def test_T17_bad_id_tokens_are_refused(make_easy_door, tenant, wishes):
    """The platform is not believed: what it passes on must be signed, for this application, and of the tenant."""
    door = make_easy_door(allow_anonymous=True)
    door.ask("/", (ID_HEADER, id_token(tenant, **wishes))).assert_is("401t")
    assert not door.visits


def test_T17_token_of_another_api_is_refused(make_easy_door, tenant):
    """The platform's access token is Microsoft Graph's unless it was told otherwise: it opens nothing here."""
    door = make_easy_door("access_token")
    door.ask("/", (ACCESS_HEADER, tenant.mint_token(audience="https://graph.microsoft.com").encode())).assert_is("401t")
    door.ask("/", (ACCESS_HEADER, id_token(tenant))).assert_is("401t")


@pytest.mark.parametrize("token", ["id_token", "access_token"])
def test_T17_no_other_header_is_an_identity_there_either(make_easy_door, tenant, token):
    """The unsigned principal, names and ids open nothing, nor does the token that was not chosen."""
    door = make_easy_door(token, allow_anonymous=True)
    own = {"id_token": ID_HEADER, "access_token": ACCESS_HEADER}[token]
    others = [(name, value) for name, value in IDENTITY_HEADERS if name != own]
    plain = {"auth_typ": "aad", "claims": [{"typ": "roles", "val": "Admin"}], "role_typ": "roles"}
    others[0] = ("x-ms-client-principal", base64.b64encode(json.dumps(plain).encode()))
    good = {ID_HEADER: id_token(tenant), ACCESS_HEADER: tenant.mint_token().encode()}
    for name, value in others:
        door.ask("/", (name, good.get(name, value.replace(b"{token}", tenant.mint_token().encode())))).assert_is("OK")
        assert door.visits[-1].principal is None
    door.ask("/", *others, (own, good[own])).assert_is("OK")
    assert "Admin" not in door.visits[-1].principal.roles


def test_T17_two_headers_are_refused(make_easy_door, tenant):
    """The platform sends one; servers that join two are met as well."""
    token = id_token(tenant)
    make_easy_door().ask("/", (ID_HEADER, token), (ID_HEADER, token)).assert_is("401t")


def test_bearer_token_goes_first(make_easy_door, tenant):
    """A program's own token is judged as ever, and a bad one is not made good by the platform's."""
    door = make_easy_door()
    platform_token = (ID_HEADER, id_token(tenant, user="megan"))
    good = tenant.mint_token(user="adele")
    door.ask("/", platform_token, ("authorization", f"Bearer {good}".encode())).assert_is("OK")
    assert door.visits[0].principal.name == "Adele Vance"
    bad = tenant.mint_token(fault="expired")
    door.ask("/", platform_token, ("authorization", f"Bearer {bad}".encode())).assert_is("401t")


def test_nobody_and_public_paths(make_easy_door, tenant):
    """Without a token, or an empty one, there is nobody; on public paths it is not looked at."""
    door = make_easy_door(public_paths=["/open"])
    door.ask("/").assert_is("401c")
    door.ask("/", (ID_HEADER, b"")).assert_is("401c")
    door.ask("/open", (ID_HEADER, b"nonsense")).assert_is("OK")
    assert door.visits[0].principal is None


SAME, CROSS = ("sec-fetch-site", b"same-origin"), ("sec-fetch-site", b"cross-site")
OWN_ORIGIN, OTHER_ORIGIN = ("origin", b"https://127.0.0.1"), ("origin", b"https://evil.test")


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        pytest.param("POST", [SAME, OWN_ORIGIN], 200, id="own page"),
        pytest.param("POST", [SAME, ("origin", b"null")], 200, id="own page that hides its origin"),
        pytest.param("POST", [OWN_ORIGIN], 200, id="own page of an old browser"),
        pytest.param("POST", [CROSS, OTHER_ORIGIN], 403, id="another page"),
        pytest.param("POST", [CROSS, OWN_ORIGIN], 403, id="the browser's word goes first"),
        pytest.param("POST", [("sec-fetch-site", b"same-site"), OTHER_ORIGIN], 403, id="a neighbour"),
        pytest.param("POST", [OTHER_ORIGIN], 403, id="another page of an old browser"),
        pytest.param("POST", [("origin", b"http://127.0.0.1")], 403, id="over http"),
        pytest.param("DELETE", [], 403, id="no browser"),
        pytest.param("GET", [CROSS], 200, id="a link"),
    ],
)
def test_T19_other_sites_send_nothing_unsafe(make_easy_door, tenant, method, headers, status):
    """The platform's cookie goes along with any site's request, so the rules for sessions count."""
    door = make_easy_door()
    host = [HOST] if isinstance(door, AsgiDoor) else []
    answer = door.ask("/", *host, (ID_HEADER, id_token(tenant)), *headers, method=method)
    assert (answer.status, len(door.visits)) == (status, int(status == 200))


PAGE = ("accept", b"text/html")


@pytest.mark.parametrize(
    ("path", "query", "back"),
    [
        ("/orders/%C3%A4", "page=2", "%2Forders%2F%25C3%25A4%3Fpage%3D2"),
        ("//evil.test/x", "", "%2F"),
        ("/%5Cevil.test", "", "%2F"),
    ],
)
def test_T84_page_with_an_expired_token_gets_a_new_one(make_easy_door, tenant, path, query, back):
    """It goes to the platform and comes back, to a path of this application alone."""
    door = make_easy_door()
    answer = door.ask(path, PAGE, (ID_HEADER, id_token(tenant, expires_in=-400)), query=query)
    expected = f"/.auth/login/aad?post_login_redirect_uri={back}"
    assert (answer.status, answer.header("location"), answer.header("cache-control")) == (303, expected, "no-store")


def test_T84_page_below_a_mount_comes_back_there(make_easy_door, tenant):
    """The address has the mount's prefix, which the application itself does not route by."""
    answer = make_easy_door().ask(
        "/shop/orders", PAGE, (ID_HEADER, id_token(tenant, expires_in=-400)), mount="/shop", query="page=2"
    )
    expected = "/.auth/login/aad?post_login_redirect_uri=%2Fshop%2Forders%3Fpage%3D2"
    assert (answer.status, answer.header("location")) == (303, expected)


def renewed(door, tenant, cookie):
    """What a page with an expired token and this cookie gets: its status and the cookie that is set."""
    headers = [("cookie", cookie.encode())] if cookie else []
    answer = door.ask("/", PAGE, *headers, (ID_HEADER, id_token(tenant, expires_in=-400)))
    return answer.status, answer.header("set-cookie")


def test_T90_renewal_comes_to_an_end(make_easy_door, tenant):
    """Where the platform keeps passing on what has expired, the page is refused after some rounds."""
    door = make_easy_door()
    cookie, statuses = "", []
    for _ in range(6):
        status, set_cookie = renewed(door, tenant, cookie)
        statuses.append(status)
        cookie = (set_cookie or "").partition(";")[0]
        if set_cookie is not None:
            assert set_cookie.startswith("__Host-azuread-renewal-")
            assert set_cookie.endswith("; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure")
    assert statuses == [303] * 5 + [401]


@pytest.mark.parametrize("value", ["", "0", "-1", "6", "99", "nonsense", "1" * 3000])
def test_T90_what_is_no_count_counts_as_none(make_easy_door, tenant, value):
    """Whoever plants something else does not keep anybody from a new token."""
    door = make_easy_door()
    name = renewed(door, tenant, "")[1].partition("=")[0]
    status, set_cookie = renewed(door, tenant, f"{name}={value}")
    assert (status, set_cookie.partition(";")[0]) == (303, f"{name}=1")


@pytest.mark.parametrize(
    ("request_line", "wishes"),
    [
        pytest.param({"method": "POST"}, {"expires_in": -400}, id="no page"),
        pytest.param({"method": "HEAD"}, {"expires_in": -400}, id="only asked for"),
        pytest.param({}, {"fault": "bad-signature"}, id="not expired, but bad"),
    ],
)
def test_other_refusals_go_nowhere(make_easy_door, tenant, request_line, wishes):
    """To come back with the same would be a circle."""
    answer = make_easy_door().ask("/", PAGE, (ID_HEADER, id_token(tenant, **wishes)), **request_line)
    assert answer.status == 401


def test_tokens_for_other_apis(make_easy_door, tenant):
    """On behalf of a caller whose access token is this API's; the ID token is proof for no other API."""
    by_access = make_easy_door("access_token")
    by_access.ask("/", (ACCESS_HEADER, tenant.mint_token().encode())).assert_is("OK")
    by_id = make_easy_door()
    by_id.ask("/", (ID_HEADER, id_token(tenant))).assert_is("OK")
    assert token_for(by_access).reveal()
    with pytest.raises(InteractionRequired):
        token_for(by_id)


def token_for(door):
    """A token of Microsoft Graph for the last visitor."""
    visit = door.visits[-1]
    answer = visit.client.acquire_token_for_user(visit.principal, "User.Read")
    return asyncio.run(answer) if asyncio.iscoroutine(answer) else answer


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({"PATH": "/bin"}, id="anywhere"),
        pytest.param({"WEBSITE_SITE_NAME": "shop"}, id="without authentication"),
        pytest.param({"WEBSITE_AUTH_ENABLED": "True"}, id="not App Service"),
    ],
)
def test_T17_start_is_refused_elsewhere(make_easy_door, environ):
    """Where anybody could set the header, the application does not start."""
    with pytest.raises(ConfigurationError, match="easy_auth="):
        make_easy_door(environ=environ)


@pytest.mark.parametrize("token", [True, "principal"])
def test_what_is_no_choice_is_refused(make_easy_door, token):
    """There is no way to say "whatever the platform says"."""
    with pytest.raises(ConfigurationError, match="easy_auth="):
        make_easy_door(token)


def test_two_sign_ins_are_refused(make_easy_door):
    """Either the platform signs users in, or the application."""
    with pytest.raises(ConfigurationError, match="login="):
        make_easy_door(login=WebLogin())


def test_T17_environment_alone_switches_nothing_on(kind_of_door, tenant):
    """On App Service with its authentication on, but without the keyword, the headers are not read."""
    door = kind_of_door(client=kind_of_door.own_client(tenant.settings(), environ=platform(tenant)))
    door.ask("/", (ID_HEADER, id_token(tenant)), (ACCESS_HEADER, tenant.mint_token().encode())).assert_is("401c")


@pytest.mark.parametrize("kind", [(asgi, AsyncAzureAdClient), (wsgi, AzureAdClient)], ids=["asgi", "wsgi"])
def test_other_settings_for_a_while(kind, tenant):
    """In tests another tenant may be put in its place; the mode stays, and the keys are the other's."""
    module, client = kind
    middleware = module.AzureAdAuth(
        lambda *_: None, client=client(tenant.settings(), environ=platform(tenant)), easy_auth="id_token"
    )
    with SimulatedTenant() as other, other.installed_in(middleware):
        assert middleware._gate.platform_header == ID_HEADER
        assert middleware._gate.easy_auth is not None
    assert middleware._gate.platform_header == ID_HEADER


def test_T19_websocket_of_another_page_is_refused(tenant):
    """The handshake of a WebSocket is no safe request: pages of other sites may not open one by the cookie."""

    async def socket(scope, receive, send):
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})

    client = AsyncAzureAdClient(tenant.settings(), environ=platform(tenant))
    browser = TestClient(asgi.AzureAdAuth(socket, client=client, easy_auth="id_token"))
    token = {ID_HEADER: id_token(tenant).decode()}
    with browser.websocket_connect("/", headers={"origin": "https://testserver", **token}):
        pass
    with (
        pytest.raises(WebSocketDenialResponse) as refusal,
        browser.websocket_connect("/", headers={"origin": "https://evil.test", **token}),
    ):
        pass
    assert refusal.value.status_code == 403


def test_T20_cache_policy_of_the_application_stays(tenant):
    """What the application says itself about caches is not overruled."""

    async def home(request):
        return JSONResponse({"now": time.time()}, headers={"cache-control": "private, max-age=5"})

    client = AsyncAzureAdClient(tenant.settings(), environ=platform(tenant))
    app = asgi.AzureAdAuth(Starlette(routes=[Route("/", home)]), client=client, easy_auth="id_token")
    answer = TestClient(app).get("/", headers={ID_HEADER: id_token(tenant).decode()})
    assert answer.headers["cache-control"] == "private, max-age=5"
