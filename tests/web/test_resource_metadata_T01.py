"""Protected resource metadata as it is served, and the challenges that name it, on both interfaces."""

import json

import pytest
from flask import Flask
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from azuread_auth import ClaimsChallenge, ConfigurationError, PermissionDenied, ResourceMetadata, Scope, WebLogin
from azuread_auth.asgi import AzureAdAuth
from azuread_auth.flask import AzureAdAuth as FlaskAuth
from azuread_auth.simulation import SimulatedTenant

BARE = "/.well-known/oauth-protected-resource"
RESOURCE = "https://mcp.example.com/mcp"
DOCUMENT = f"https://mcp.example.com{BARE}/mcp"
METADATA = ResourceMetadata(resource=RESOURCE, scopes=("Orders.Read",), name="Orders")
ORIGIN = ("origin", b"https://inspector.example")


@pytest.fixture
def door(make_door):
    """A resource with a path, and one scope."""
    return make_door(resource_metadata=METADATA)


@pytest.mark.parametrize("path", [BARE, f"{BARE}/mcp"])
@pytest.mark.parametrize("credentials", [(), (("authorization", b"Bearer nonsense"),), (("cookie", b"a=b"),)])
def test_T01_document_is_for_everybody(door, tenant, path, credentials):
    """At the bare path and at that of the resource, whatever credentials come along; scopes by their full names."""
    answer = door.ask(path, *credentials)
    assert answer.status == 200
    assert json.loads(answer.body) == {
        "resource": RESOURCE,
        "authorization_servers": [f"{tenant.authority_host}/{tenant.tenant_id}/v2.0"],
        "scopes_supported": [f"api://{tenant.client_id}/Orders.Read"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Orders",
    }
    assert answer.header("content-type") == "application/json"
    assert answer.header("cache-control") == "public, max-age=600"
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("access-control-allow-origin") == "*"
    assert not door.visits


def test_T01_head_has_no_body(door):
    """And the length that the body would have."""
    answer = door.ask(BARE, method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("content-length") == door.ask(BARE).header("content-length")


def test_T01_browsers_of_any_origin_may_ask(door):
    """With the header that MCP clients send, which makes browsers ask beforehand."""
    asked = (("access-control-request-method", b"GET"), ("access-control-request-headers", b"mcp-protocol-version"))
    answer = door.ask(BARE, ORIGIN, *asked, method="OPTIONS")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.header("access-control-allow-origin") == "*"
    assert answer.header("access-control-allow-methods") == "GET, HEAD, OPTIONS"
    assert "MCP-Protocol-Version" in answer.header("access-control-allow-headers")
    assert answer.header("access-control-allow-credentials") is None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_T01_document_is_only_read(door, method):
    """Other methods do not get as far as the application either."""
    answer = door.ask(BARE, method=method)
    assert (answer.status, answer.header("allow")) == (405, "GET, HEAD, OPTIONS")
    assert not door.visits


@pytest.mark.parametrize(
    "path", [f"{BARE}/", f"{BARE}/other", f"{BARE}/mcp/", f"/x{BARE}", "/.well-known/openid-configuration"]
)
def test_T16_paths_beside_it_stay_protected(door, path):
    """Only the paths themselves are public."""
    assert door.ask(path).status == 401
    assert not door.visits


def test_T01_challenge_without_credentials_names_the_document(door):
    """401 without an error, and with the absolute address of the document (RFC 9728 5.1)."""
    answer = door.ask("/mcp")
    assert (answer.status, answer.header("www-authenticate")) == (401, f'Bearer resource_metadata="{DOCUMENT}"')


@pytest.mark.parametrize(
    ("header", "status", "error"),
    [
        pytest.param(b"Bearer nonsense", 401, "invalid_token", id="token that is none"),
        pytest.param(b"Bearer", 400, "invalid_request", id="malformed header"),
    ],
)
def test_T02_other_challenges_name_it_too(door, header, status, error):
    """Beside the error."""
    answer = door.ask("/mcp", ("authorization", header))
    challenge = answer.header("www-authenticate")
    assert answer.status == status
    assert challenge.startswith(f'Bearer error="{error}", ')
    assert challenge.endswith(f', resource_metadata="{DOCUMENT}"')


def test_T20_missing_scope_is_named_in_full(door, tenant):
    """MCP, "Scope Challenge Handling": 403 with the scopes to ask for and the document."""

    def refuse(_visit):
        raise PermissionDenied(Scope("Orders.Write"))

    door.behave = refuse
    answer = door.ask_with(tenant.mint_token(scopes=["Orders.Read"]), "/mcp")
    assert answer.status == 403
    assert answer.header("www-authenticate") == (
        'Bearer error="insufficient_scope", '
        'error_description="the access token does not carry the permission that this resource needs", '
        f'scope="api://{tenant.client_id}/Orders.Write", resource_metadata="{DOCUMENT}"'
    )


def test_T20_claims_challenge_names_it_too(door, tenant):
    """Beside the authority and the claims."""

    def refuse(_visit):
        raise ClaimsChallenge(acrs="c1")

    door.behave = refuse
    answer = door.ask_with(tenant.mint_token(claims={"xms_cc": ["cp1"]}), "/mcp")
    assert answer.status == 401
    assert f'resource_metadata="{DOCUMENT}"' in answer.header("www-authenticate")


def test_good_token_gets_through(door, tenant):
    """Twice, which is the way of tokens that were seen before."""
    token = tenant.mint_token()
    assert [door.ask_with(token, "/mcp").body for _ in range(2)] == [b"reached", b"reached"]


def test_nothing_is_served_unless_wanted(make_door):
    """Without resource_metadata the path is one like any other, and challenges are as ever."""
    answer = make_door().ask(BARE)
    assert (answer.status, answer.header("www-authenticate")) == (401, "Bearer")


@pytest.mark.parametrize("path", [BARE, f"{BARE}/app/mcp", f"/app{BARE}"])
def test_T16_behind_a_prefix(make_door, path):
    """Where an ingress adds a prefix, which the server is told, the document is found with and without it."""
    metadata = ResourceMetadata(
        resource="https://mcp.example.com/app/mcp", metadata_url=f"https://mcp.example.com/app{BARE}"
    )
    door = make_door(resource_metadata=metadata)
    mount = "/app" if path.startswith("/app") else ""
    assert door.ask(path, mount=mount).status == 200
    assert door.ask("/app/mcp", mount="/app").header("www-authenticate") == (
        f'Bearer resource_metadata="https://mcp.example.com/app{BARE}"'
    )


@pytest.mark.parametrize("path", [BARE, f"{BARE}/mcp"])
def test_T16_prefix_that_is_not_told_to_the_server(make_door, path):
    """The whole path comes through: it is served where challenges name it."""
    metadata = ResourceMetadata(resource=RESOURCE, metadata_url=f"https://mcp.example.com/app{path}")
    assert make_door(resource_metadata=metadata).ask(f"/app{path}").status == 200


def test_in_a_mount():
    """A mounted application has its document under the mount; challenges say so."""
    with SimulatedTenant() as tenant:
        metadata = ResourceMetadata(resource="http://127.0.0.1/inner/mcp", metadata_url=f"http://127.0.0.1/inner{BARE}")
        inner = Starlette(routes=[Route("/mcp", lambda _request: PlainTextResponse("reached"))])
        app = Starlette(
            routes=[Mount("/inner", AzureAdAuth(inner, tenant.settings(), resource_metadata=metadata))],
        )
        http = TestClient(app, base_url="http://127.0.0.1")
        challenge = http.get("/inner/mcp").headers["www-authenticate"]
        url = challenge.removeprefix('Bearer resource_metadata="').removesuffix('"')
        assert http.get(url).json()["resource"] == "http://127.0.0.1/inner/mcp"
        assert http.get("/inner/mcp", headers=tenant.headers()).text == "reached"


def test_flask_has_it_too(tenant):
    """The extension hands it on."""
    app = Flask(__name__)
    FlaskAuth(app, tenant.settings(), resource_metadata=METADATA)
    http = app.test_client()
    assert http.get(BARE).json["resource"] == RESOURCE
    assert http.get("/mcp").headers["WWW-Authenticate"] == f'Bearer resource_metadata="{DOCUMENT}"'


@pytest.mark.parametrize(
    ("scopes", "advertised"),
    [
        pytest.param((), [".default"], id="none: all that is registered"),
        pytest.param(("Orders.Read", "Orders.Write"), ["Orders.Read", "Orders.Write"], id="short"),
        pytest.param(("api://orders/Orders.Read",), ["Orders.Read"], id="full, of another audience"),
        pytest.param((f"{RESOURCE}/Orders.Read",), ["Orders.Read"], id="full"),
    ],
)
def test_scopes_are_advertised_as_clients_ask_for_them(make_door, tenant, scopes, advertised):
    """With the prefix of the settings, which may be the resource itself."""
    settings = tenant.settings(scope_prefix=RESOURCE, audiences=("api://orders",))
    door = make_door(settings=settings, resource_metadata=ResourceMetadata(resource=RESOURCE, scopes=scopes))
    assert json.loads(door.ask(BARE).body)["scopes_supported"] == [f"{RESOURCE}/{name}" for name in advertised]


def test_scope_of_another_api_is_refused(make_door):
    """At construction: no token for here would have it."""
    with pytest.raises(ConfigurationError, match="is a scope of another API"):
        make_door(resource_metadata=ResourceMetadata(resource=RESOURCE, scopes=("api://other/Orders.Read",)))


def test_beside_a_sign_in(make_door):
    """Routes of both are served."""
    door = make_door(login=WebLogin(), resource_metadata=METADATA)
    assert door.ask(BARE).status == 200
    assert door.ask("/auth/frontchannel-logout").header("www-authenticate") is None
    assert not door.visits


class TestAuthorizationServer:
    """The issuer that clients compare with the metadata they fetch there."""

    def served(self, make_door, settings, **options):
        door = make_door(settings=settings, resource_metadata=ResourceMetadata(resource=RESOURCE, **options))
        (server,) = json.loads(door.ask(BARE).body)["authorization_servers"]
        return server

    def test_tenant_by_a_domain(self, make_door, tenant):
        """The metadata of a domain names the GUID as issuer, and so does the document."""
        server = self.served(make_door, tenant.settings(tenant_id=tenant.domain))
        assert server == f"{tenant.authority_host}/{tenant.tenant_id}/v2.0"

    def test_external_id(self, make_door, tenant):
        """The issuer is on another host than the authority."""
        server = self.served(make_door, tenant.settings(authority_url=tenant.external_id_authority_url, tenant_id=None))
        assert server.endswith(f"/{tenant.tenant_id}/v2.0")

    def test_b2c(self, make_door, tenant):
        """The issuer leads to no metadata: the authority with its policy does."""
        url = tenant.b2c_authority_url()
        assert self.served(make_door, tenant.settings(authority_url=url, tenant_id=None)) == f"{url}/v2.0"

    def test_several_tenants(self, make_door, tenant):
        """There is no one issuer."""
        settings = tenant.settings(tenant_id="organizations", tenants=[tenant.tenant_id])
        assert self.served(make_door, settings) == f"{tenant.authority_host}/organizations/v2.0"

    def test_provider_that_is_down(self, make_door, simulated_tenant):
        """The document is there all the same, with the authority as the settings have it."""
        settings = simulated_tenant.settings()
        simulated_tenant.go_down()
        server = self.served(make_door, settings)
        assert server == f"{simulated_tenant.authority_host}/{simulated_tenant.tenant_id}/v2.0"

    def test_others_by_the_application(self, make_door, tenant):
        """As they were given."""
        server = self.served(make_door, tenant.settings(), authorization_servers=["https://login.example.com/a"])
        assert server == "https://login.example.com/a"


def test_installed_tenant_is_the_one_named(make_door, tenant):
    """A test's tenant takes the place of the application's in the document, too."""
    door = make_door(resource_metadata=METADATA)
    with SimulatedTenant() as other, other.installed_in(door.middleware):
        assert json.loads(door.ask(BARE).body)["authorization_servers"] == [
            f"{other.authority_host}/{other.tenant_id}/v2.0"
        ]
    assert door.ask(BARE).status == 200
