"""Who signed in: ID tokens that are good, and all that is wrong with others."""

import base64
import hashlib
from typing import Any

import pytest

from azuread_auth.access_token import UserToken
from azuread_auth.errors import LoginFailed, ProviderUnavailable, TokenRejected
from azuread_auth.rejection import RejectionReason
from azuread_auth.sign_in import AuthorizationRequest
from tests.conftest import Mode
from tests.unit._core.outbound import Application, DictStore, make_application

OTHER = "55555555-5555-4555-8555-555555555555"
ACCESS_TOKEN = "canary-access-token"
AT_HASH = base64.urlsafe_b64encode(hashlib.sha256(ACCESS_TOKEN.encode()).digest()[:16]).rstrip(b"=").decode()


def end(application: Application, wishes: dict[str, Any], **answer: Any) -> UserToken:
    """A sign-in that ends with an ID token of these wishes."""
    request: AuthorizationRequest = application.begin()
    parameters = application.tenant.sign_in(request.url)
    claims = {"azp": None, "nonce": request.nonce} | wishes.pop("claims", {})
    token = application.tenant.mint_token(**({"audience": application.tenant.client_id} | wishes), claims=claims)
    body = {"access_token": ACCESS_TOKEN, "refresh_token": "canary-refresh-token", "id_token": token} | answer
    application.tenant.fail("token", status=200, body={name: value for name, value in body.items() if value}, times=1)
    ended: UserToken = application.run(lambda: application.engine.tokens.by_authorization_code(request, parameters))
    return ended


@pytest.fixture
def application(mode: Mode) -> Application:
    """An application of one tenant."""
    return make_application(mode)


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({}, id="as Entra has them"),
        pytest.param({"at_hash": AT_HASH}, id="with the access token's hash"),
        pytest.param({"azp": "{client}"}, id="issued to this application"),
    ],
)
def test_good_id_token(mode: Mode, claims: dict[str, Any]) -> None:
    """A good ID token makes a principal of a session, whose tokens are kept under its ids."""
    application = make_application(mode)
    wished = {name: application.tenant.client_id if value == "{client}" else value for name, value in claims.items()}
    token = end(application, {"claims": wished, "user": "megan"})
    assert (token.principal.name, token.principal.auth_method, token.reveal()) == (
        "Megan Bowen",
        "session",
        ACCESS_TOKEN,
    )
    assert application.run(lambda: application.user(token.principal)).reveal() == ACCESS_TOKEN
    assert application.requests == 1


@pytest.mark.parametrize(
    "wishes",
    [
        pytest.param({"claims": {"nonce": "other"}}, id="T78 nonce of another sign-in"),
        pytest.param({"claims": {"nonce": None}}, id="T78 no nonce"),
        pytest.param({"audience": OTHER}, id="T93 for another application"),
        pytest.param({"audience": [OTHER, "third"]}, id="T93 for several others"),
        pytest.param({"claims": {"azp": OTHER}}, id="T93 issued to another"),
        pytest.param({"claims": {"iss": "https://evil.test/"}}, id="T93 of another issuer"),
        pytest.param({"claims": {"iat": None}}, id="T93 without iat"),
        pytest.param({"claims": {"sub": None}}, id="T93 without sub"),
        pytest.param({"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}}, id="T93 of another access token"),
        pytest.param({"claims": {"at_hash": 17}}, id="T93 with a hash that is none"),
        pytest.param({"expires_in": -400}, id="T93 expired"),
        pytest.param({"tenant_id": OTHER}, id="T93 of another tenant"),
        pytest.param({"kind": "app", "roles": "Any"}, id="T93 of an application"),
        *(
            pytest.param({"fault": fault}, id=f"T93 {fault}")
            for fault in (
                *("alg-none", "hs256-with-public-key", "ps256", "es256", "jwk-header", "unknown-key", "unknown-kid"),
                *("missing-kid", "bad-signature", "empty-signature", "duplicate-claim", "list-payload", "wrong-issuer"),
                *("missing-tid", "mismatched-tid", "missing-exp", "not-yet-valid", "consumer-key", "crit-header"),
            )
        ),
    ],
)
def test_bad_id_token(mode: Mode, wishes: dict[str, Any]) -> None:
    """T78, T93: with a bad ID token nobody is signed in, nothing is kept, and nothing of it is said."""
    application = make_application(mode)
    with pytest.raises(LoginFailed) as refusal:
        end(application, dict(wishes))
    assert str(refusal.value).startswith("the ID token was refused: ")
    store = application.store
    assert isinstance(store, DictStore)
    assert store.kept == {}
    assert "canary" not in str(refusal.value)


@pytest.mark.parametrize("id_token", ["", "canary", "a.b.c", "x" * 20_000], ids=["none", "text", "parts", "huge"])
def test_T93_no_id_token(mode: Mode, id_token: str) -> None:
    """T93: an answer without an ID token, or with something else in its place, signs nobody in."""
    application = make_application(mode)
    with pytest.raises(LoginFailed, match="no ID token; check" if not id_token else "the ID token was refused"):
        end(application, {}, id_token=id_token)
    assert isinstance(application.store, DictStore)
    assert application.store.kept == {}


def test_tenant_rule_counts_at_sign_in(mode: Mode) -> None:
    """An application that asks its own rule which tenants are customers asks it for sign-ins too."""
    application = make_application(mode, tenants=lambda tenant_id: tenant_id == OTHER, tenant_id="organizations")
    with pytest.raises(LoginFailed, match="tenant"):
        end(application, {})
    assert end(application, {"tenant_id": OTHER}).principal.tenant_id == OTHER


def test_list_of_tenants_counts_at_sign_in(mode: Mode) -> None:
    """So does a list of them."""
    application = make_application(mode, tenants=frozenset({OTHER}), tenant_id="organizations")
    with pytest.raises(LoginFailed, match="tenant"):
        end(application, {})
    token = end(application, {"tenant_id": OTHER})
    assert application.run(lambda: application.user(token.principal)).reveal() == ACCESS_TOKEN


def test_keys_that_cannot_be_had(application: Application) -> None:
    """Without the provider's keys no code is sent: it could not be made use of."""
    request = application.begin()
    parameters = application.tenant.sign_in(request.url)
    application.tenant.fail("keys", status=503)
    with pytest.raises(ProviderUnavailable):
        application.run(lambda: application.engine.tokens.by_authorization_code(request, parameters))
    assert application.requests == 0


@pytest.mark.parametrize(
    ("wishes", "settings", "refusal"),
    [
        pytest.param({}, {}, None, id="good"),
        pytest.param({"claims": {"azp": None, "scp": None, "nonce": None}}, {}, None, id="without a nonce"),
        pytest.param({"audience": OTHER}, {}, (RejectionReason.WRONG_AUDIENCE, "aud"), id="for another application"),
        pytest.param(
            {}, {"algorithms": ("RS384",)}, (RejectionReason.ALGORITHM_NOT_ALLOWED, "alg"), id="T26 another algorithm"
        ),
        pytest.param(
            {}, {"tenants": lambda _tenant: False}, (RejectionReason.WRONG_TENANT, "tid"), id="T59 of another tenant"
        ),
    ],
)
def test_T17_id_token_that_somebody_else_asked_for(
    mode: Mode, wishes: dict[str, Any], settings: dict[str, Any], refusal: tuple[RejectionReason, str] | None
) -> None:
    """T17: judged like one of our own, but for the nonce; a refusal names its reason."""
    application = make_application(mode, **settings)
    token = application.tenant.mint_token(
        **({"audience": application.tenant.client_id, "claims": {"azp": None, "scp": None}} | wishes)
    ).encode()
    id_tokens = application.engine.id_tokens()
    if refusal is None:
        assert application.run(lambda: id_tokens.caller(token)).tenant_id == application.tenant.tenant_id
        return
    with pytest.raises(TokenRejected) as refused:
        application.run(lambda: id_tokens.caller(token))
    assert (refused.value.reason, refused.value.claim) == refusal
