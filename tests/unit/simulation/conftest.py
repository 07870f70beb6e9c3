"""What tests of the simulated tenant's endpoints share: a tenant whose clock can be moved, and somebody who asks it."""

import base64
import json
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation import SimulatedTenant

FORM = {"content-type": "application/x-www-form-urlencoded"}
OBO = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636 appendix B
REDIRECT = "http://localhost:5000/auth/callback"


class Caller:
    """Asks a tenant, in process; its clock stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.tenant = SimulatedTenant(now=lambda: self.now)

    @property
    def proof(self) -> dict[str, str]:
        """What proves the tenant's own application."""
        return {"client_id": self.tenant.client_id, "client_secret": self.tenant.client_secret}

    @property
    def own_scope(self) -> str:
        """A scope of the tenant's own API."""
        return f"api://{self.tenant.client_id}/Files.Read"

    def url(self, endpoint: str, path: str | None = None) -> str:
        """An endpoint of the tenant, or of another authority on its host."""
        return f"{self.tenant.authority_host}/{path or self.tenant.tenant_id}/oauth2/v2.0/{endpoint}"

    def send(self, url: str, form: dict[str, str] | None = None, **headers: str) -> HttpResponse:
        """The answer to a form, or to a GET where there is none."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if form is None:
            return self.tenant.answer(HttpRequest(url=url, headers=named)).response
        body = urlencode(form).encode()
        return self.tenant.answer(HttpRequest(method="POST", url=url, headers=FORM | named, body=body)).response

    def token(self, *, path: str | None = None, **form: str) -> dict[str, object]:
        """The token endpoint's document, of whatever status."""
        return json.loads(self.send(self.url("token", path), form).body)

    def for_app(self, **form: str) -> dict[str, object]:
        """A token for the tenant's own application and API."""
        scope = f"api://{self.tenant.client_id}/.default"
        return self.token(**{"grant_type": "client_credentials", "scope": scope} | self.proof | form)

    def on_behalf_of(self, assertion: str, /, *, path: str | None = None, **form: str) -> dict[str, object]:
        """A token for the user of the assertion."""
        wanted = {"grant_type": OBO, "requested_token_use": "on_behalf_of", "scope": self.own_scope}
        return self.token(path=path, **wanted | self.proof | {"assertion": assertion} | form)

    def refresh(self, refresh_token: object, **form: str) -> dict[str, object]:
        """New tokens for a refresh token."""
        wanted = {"grant_type": "refresh_token", "refresh_token": str(refresh_token), "scope": self.own_scope}
        return self.token(**wanted | self.proof | form)

    def authorization_url(self, path: str | None = None, **changes: str | None) -> str:
        """Where a browser would be sent; a change to None leaves the parameter out."""
        asked = {
            "client_id": self.tenant.client_id,
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "scope": f"openid profile offline_access {self.own_scope}",
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | changes
        return f"{self.url('authorize', path)}?{urlencode({k: v for k, v in asked.items() if v is not None})}"

    def redeem(self, code: str, *, path: str | None = None, **changes: str | None) -> dict[str, object]:
        """Tokens for a code; a change to None leaves the parameter out."""
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
            **self.proof,
        } | changes
        return self.token(path=path, **{name: value for name, value in asked.items() if value is not None})

    def device(self, path: str | None = None, **changes: str) -> dict[str, object]:
        """What a device is told."""
        asked = {"client_id": self.tenant.client_id, "scope": f"openid offline_access {self.own_scope}"} | changes
        return json.loads(self.send(self.url("devicecode", path), asked).body)

    def poll(self, device: dict[str, object], *, path: str | None = None, **changes: str) -> dict[str, object]:
        """What the device gets when it asks."""
        asked = {
            "grant_type": DEVICE,
            "client_id": self.tenant.client_id,
            "device_code": str(device["device_code"]),
        } | changes
        return self.token(path=path, **asked)


def parts_of(token: object) -> tuple[dict[str, object], dict[str, object]]:
    """Header and claims of a token, unverified."""
    header, payload, _ = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in str(token).split("."))
    return json.loads(header), json.loads(payload)


@pytest.fixture
def caller():
    """Somebody with a tenant of their own."""
    return Caller()


@pytest.fixture
def claims_of():
    """The claims of a token."""
    return lambda token: parts_of(token)[1]


@pytest.fixture
def verdict():
    """The error and the AADSTS code of a document; the code alone says most."""

    def read(document: dict[str, object]) -> tuple[object, object]:
        codes = document.get("error_codes") or [None]
        return document.get("error"), codes[0]

    return read


@pytest.fixture
def callback():
    """The parameters with which a browser is sent back by a redirect."""

    def read(response: HttpResponse) -> dict[str, str]:
        assert response.status == 302
        return dict(parse_qsl(urlsplit(response.headers["location"]).query))

    return read
