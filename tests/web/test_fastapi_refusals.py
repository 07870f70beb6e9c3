"""How a FastAPI application refuses a caller, and who gets to see it."""

import base64
import json
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse, Response
from fastapi.testclient import TestClient
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.cors import CORSMiddleware

from azuread_auth import AzureAdAuth, AzureAdError, ClaimsChallenge, PermissionDenied, Principal
from azuread_auth.fastapi import AccessRefused, require, require_role, require_scope, require_user
from azuread_auth.requirements import AuthContext, Scope

FORBIDDEN = "the access token does not carry the permission that this resource needs"
NO_TOKEN = "this resource needs an access token"


@pytest.fixture
def app(tenant):
    """Files that take a scope; anonymous callers come as far as the route."""
    made = FastAPI()
    made.add_middleware(AzureAdAuth, settings=tenant.settings(), allow_anonymous=True)

    @made.get("/files")
    async def files(caller: Annotated[Principal, Depends(require_scope("Files.Read"))]):
        return caller.kind

    return made


def ask(app, headers, path="/files"):
    """The answer to a GET."""
    return TestClient(app).get(path, headers=headers)


def test_missing_scope_is_403_and_names_it_in_full(app, tenant):
    """The challenge has the scope as clients request it (RFC 6750 3.1), the body is a problem document."""
    answer = ask(app, tenant.headers(scopes="Other"))

    assert answer.status_code == 403
    assert answer.headers["www-authenticate"] == (
        f'Bearer error="insufficient_scope", error_description="{FORBIDDEN}", '
        f'scope="api://{tenant.client_id}/Files.Read"'
    )
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json() == {"detail": FORBIDDEN}


def test_anonymous_caller_is_401_without_error(app):
    """Whoever brings no credentials is told that they are needed, and nothing more (RFC 6750 3.1)."""
    answer = ask(app, {})

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json() == {"detail": NO_TOKEN}


@pytest.mark.parametrize("status", [401, 403])
def test_status_and_challenge_are_those_of_the_middleware(tenant, status):
    """Refused by a dependency or by the middleware: a client cannot tell."""
    app = FastAPI()
    app.add_middleware(AzureAdAuth, settings=tenant.settings(), optional_paths=("/dependency",))

    @app.get("/dependency")
    async def by_dependency(_: Annotated[Principal, Depends(require_scope("Files.Read"))]): ...

    @app.get("/middleware")
    async def by_middleware(caller: Annotated[Principal, Depends(require_user)]):
        Scope("Files.Read").check(caller)

    headers = tenant.headers(scopes="Other") if status == 403 else {}
    one, other = ask(app, headers, "/dependency"), ask(app, headers, "/middleware")

    assert one.status_code == other.status_code == status
    assert one.json()["detail"] == other.json()["detail"]
    assert {name: value for name, value in one.headers.items() if name != "content-length"} == {
        name: value for name, value in other.headers.items() if name != "content-length"
    }


def test_missing_role_names_no_scope(app, tenant):
    """No scope would help a user without the role, so none is asked for."""

    @app.get("/admin")
    async def admin(_: Annotated[Principal, Depends(require_role("Admin"))]): ...

    answer = ask(app, tenant.headers(), "/admin")

    assert answer.status_code == 403
    assert "scope=" not in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "key", [AccessRefused, PermissionDenied, AzureAdError, HTTPException, StarletteHTTPException, 403], ids=str
)
def test_the_application_may_answer_itself(app, tenant, key):
    """Whatever the application handles such exceptions by: its handler sees one that is all of them."""
    seen = []

    @app.exception_handler(key)
    async def answer_in_house_style(_request, error):
        seen.append(error)
        return HTMLResponse("<p>no", error.status_code, error.headers)

    answer = ask(app, tenant.headers(scopes="Other"))

    (error,) = seen
    assert isinstance(error, PermissionDenied)
    assert isinstance(error, HTTPException)
    assert error.requirement == Scope("Files.Read")
    assert (error.status_code, error.detail, error.code) == (403, FORBIDDEN, "permission_denied")
    assert error.headers["WWW-Authenticate"] == answer.headers["www-authenticate"]
    assert str(error) == "the caller does not meet Scope('Files.Read')"
    assert (answer.status_code, answer.text) == (403, "<p>no")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_a_handler_for_401_leaves_403_alone(app, tenant):
    """The handler of one status does not change what others are answered."""

    @app.exception_handler(401)
    async def on_401(_request, error):
        return Response(str(error), error.status_code, error.headers)

    assert ask(app, {}).text == "the request has no credentials"
    assert ask(app, tenant.headers(scopes="Other")).headers["content-type"] == "application/problem+json"


def test_a_handler_may_give_the_problem_document(app, tenant):
    """`body` is what the middleware would have sent."""

    @app.exception_handler(AccessRefused)
    async def as_the_middleware(_request, error):
        return Response(error.body, error.status_code, error.headers, "application/problem+json")

    answer = ask(app, tenant.headers(scopes="Other"))

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": FORBIDDEN}


def test_a_handler_may_pass_on_to_that_of_fastapi(app, tenant):
    """A handler that only takes notes, as FastAPI's manual shows it, keeps status and challenge."""
    notes = []

    @app.exception_handler(StarletteHTTPException)
    async def take_notes(request, error):
        notes.append(str(error))
        return await http_exception_handler(request, error)

    answer = ask(app, tenant.headers(scopes="Other"))

    assert notes == ["the caller does not meet Scope('Files.Read')"]
    assert (answer.status_code, answer.json()) == (403, {"detail": FORBIDDEN})
    assert "insufficient_scope" in answer.headers["www-authenticate"]


def test_inner_middleware_sees_the_status(tenant):
    """What stands between the middleware and the routes sees a response, not an exception."""
    app = FastAPI()
    seen = []

    @app.middleware("http")
    async def watch(request, call_next):
        response = await call_next(request)
        seen.append(response.status_code)
        return response

    app.add_middleware(AzureAdAuth, settings=tenant.settings(), allow_anonymous=True)

    @app.get("/files")
    async def files(_: Annotated[Principal, Depends(require_scope("Files.Read"))]): ...

    assert [ask(app, {}).status_code, ask(app, tenant.headers(scopes="Other")).status_code] == seen == [401, 403]


def test_the_log_says_why(app, tenant, caplog):
    """The operator reads the requirement and the path, once, and no token."""
    token = tenant.mint_token(scopes="Other")
    with caplog.at_level("INFO", logger="azuread_auth"):
        ask(app, {"Authorization": f"Bearer {token}"})
        ask(app, {})

    forbidden, anonymous = (
        record for record in caplog.records if getattr(record, "azuread_event", None) == "request.refused"
    )
    assert (forbidden.azuread_requirement, forbidden.azuread_path) == ("Scope('Files.Read')", "/files")
    assert anonymous.azuread_reason == "not_authenticated"
    assert token.rpartition(".")[2] not in caplog.text


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        pytest.param({"acrs": ["c1"]}, 200, id="met"),
        pytest.param({"acrs": ["c2"], "xms_cc": ["cp1"]}, 401, id="client can answer a challenge"),
        pytest.param({"xms_cc": ["cp2"]}, 403, id="client cannot"),
        pytest.param({}, 403, id="client says nothing"),
    ],
)
@pytest.mark.parametrize("where", ["dependency", "route", "nested"])
def test_T71_authentication_context_is_asked_for(app, tenant, claims, status, where):
    """A ClaimsChallenge reaches the middleware from wherever it is raised: 401 to clients that can answer it."""

    async def nested(caller: Annotated[Principal, Depends(require_user)]):
        AuthContext("c1").check(caller)

    dependency = {"dependency": require(AuthContext("c1")), "route": require_user, "nested": nested}[where]

    @app.get("/secret")
    async def secret(caller: Annotated[Principal | None, Depends(dependency)]):
        if where == "route" and not AuthContext("c1").is_met_by(caller):
            raise ClaimsChallenge(acrs="c1")

    answer = ask(app, tenant.headers(claims=claims), "/secret")

    assert answer.status_code == status
    challenge = answer.headers.get("www-authenticate", "")
    assert ("insufficient_claims" in challenge, "insufficient_scope" in challenge) == (status == 401, status == 403)
    if status == 401:
        encoded = challenge.partition('claims="')[2].partition('"')[0]
        wanted = {"access_token": {"acrs": {"essential": True, "value": "c1"}}}
        assert json.loads(base64.b64decode(encoded)) == wanted


def test_T14_refusals_carry_cors_headers(app, tenant):
    """With CORS outside, a script of another origin can read why it was refused; a preflight needs no token."""
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["https://spa.example"],
        allow_headers=["Authorization"],
        expose_headers=["WWW-Authenticate"],
    )
    origin = {"Origin": "https://spa.example"}

    for headers, status in [({}, 401), ({"Authorization": "Bearer x"}, 401), (tenant.headers(scopes="Other"), 403)]:
        answer = ask(app, headers | origin)
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == "https://spa.example"
        assert answer.headers["access-control-expose-headers"] == "WWW-Authenticate"
        assert answer.headers["www-authenticate"].startswith("Bearer")

    asks_first = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    preflight = TestClient(app).options("/files", headers=origin | asks_first)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "https://spa.example"
