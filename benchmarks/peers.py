"""Other libraries, wired as their documentation and users do. Imports nothing of this project.

Runs under older releases too (see `older_pyjwt`), so it uses what those have.
"""

import json
import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.request import urlopen

import jwt
from apps import DOCUMENT, starlette_app
from fastapi import FastAPI, Security
from fastapi_azure_auth import SingleTenantAzureAuthorizationCodeBearer
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, AuthenticationError, SimpleUser
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection

__all__ = ["Trust", "fastapi_azure_auth_app", "pyjwt_app", "pyjwt_claims", "token_checkers"]

Check = Callable[[str], object]


@dataclass(frozen=True)
class Trust:
    """Whose tokens count: what an application is configured with, and what it fetches once."""

    tenant_id: str
    client_id: str
    metadata_url: str
    scope: str

    @cached_property
    def metadata(self) -> dict[str, Any]:
        return _fetch(self.metadata_url)

    @cached_property
    def key_set(self) -> dict[str, Any]:
        return _fetch(self.metadata["jwks_uri"])


def _fetch(url: str) -> dict[str, Any]:
    with urlopen(url, timeout=10) as response:
        document: dict[str, Any] = json.load(response)
    return document


def pyjwt_claims(trust: Trust) -> Check:
    """PyJWT: choose the key by `kid`, then decode. Keys are at hand, as if another library had cached them."""
    keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(trust.key_set).keys}
    issuer, audience = trust.metadata["issuer"], [trust.client_id, f"api://{trust.client_id}"]
    options: Any = {"require": ["exp", "iat", "nbf", "iss", "aud"]}

    def check(token: str) -> dict[str, Any]:
        key = keys[jwt.get_unverified_header(token)["kid"]]
        return jwt.decode(
            token, key.key, algorithms=["RS256"], audience=audience, issuer=issuer, leeway=60, options=options
        )

    return check


def pyjwt_app(trust: Trust) -> Starlette:
    """Starlette's AuthenticationMiddleware with a backend of a dozen lines, as most applications have it."""
    claims_of = pyjwt_claims(trust)

    class Backend(AuthenticationBackend):
        async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, SimpleUser]:
            scheme, _, token = conn.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer":
                message = "no bearer token"
                raise AuthenticationError(message)
            try:
                claims: Any = claims_of(token)
            except (jwt.PyJWTError, KeyError) as error:
                message = "invalid token"
                raise AuthenticationError(message) from error
            return AuthCredentials(["authenticated", *claims["scp"].split()]), SimpleUser(claims["oid"])

    app = starlette_app()
    app.add_middleware(AuthenticationMiddleware, backend=Backend())
    return app


def fastapi_azure_auth_scheme(trust: Trust) -> SingleTenantAzureAuthorizationCodeBearer:
    """Its scheme for one tenant. Its metadata come from the login host, unless a public attribute says otherwise."""
    scheme = SingleTenantAzureAuthorizationCodeBearer(
        app_client_id=trust.client_id,
        tenant_id=trust.tenant_id,
        scopes={f"api://{trust.client_id}/{trust.scope}": trust.scope},
    )
    scheme.openid_config.config_url = trust.metadata_url
    logging.getLogger("fastapi_azure_auth").setLevel(logging.CRITICAL + 1)  # else a traceback for each refusal
    return scheme


def fastapi_azure_auth_app(trust: Trust) -> FastAPI:
    """The route protected as in its documentation."""
    app = FastAPI()
    app.state.scheme = fastapi_azure_auth_scheme(trust)

    @app.get("/reports/1", dependencies=[Security(app.state.scheme, scopes=[trust.scope])])
    async def report() -> dict[str, object]:
        return dict(DOCUMENT)

    return app


def token_checkers(trust: Trust) -> dict[str, Check]:
    """Libraries that check a token, with everything they need at hand."""
    return {"PyJWT": pyjwt_claims(trust), "joserfc": _joserfc(trust), "authlib": _authlib(trust)}


def _joserfc(trust: Trust) -> Check:
    from joserfc import jwt as joserfc_jwt  # noqa: PLC0415 - absent beside older releases of PyJWT
    from joserfc.jwk import KeySet  # noqa: PLC0415

    keys = KeySet.import_key_set(trust.key_set)  # type: ignore[arg-type]
    registry = joserfc_jwt.JWTClaimsRegistry(
        leeway=60,
        iss={"essential": True, "value": trust.metadata["issuer"]},
        aud={"essential": True, "values": [trust.client_id]},
        exp={"essential": True},
    )

    def check(token: str) -> object:
        decoded = joserfc_jwt.decode(token, keys, algorithms=["RS256"])
        registry.validate(decoded.claims)
        return decoded.claims

    return check


def _authlib(trust: Trust) -> Check:
    import authlib.deprecate  # type: ignore[import-untyped]  # noqa: F401, PLC0415 - absent likewise; it turns its warning on, so it comes first

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it recommends joserfc, which is measured as well
        from authlib.jose import JsonWebKey, JsonWebToken  # type: ignore[import-untyped]  # noqa: PLC0415

    keys = JsonWebKey.import_key_set(trust.key_set)
    decoder = JsonWebToken(["RS256"])
    options = {
        "iss": {"essential": True, "value": trust.metadata["issuer"]},
        "aud": {"essential": True, "values": [trust.client_id]},
        "exp": {"essential": True},
    }

    def check(token: str) -> object:
        claims = decoder.decode(token, keys, claims_options=options)
        claims.validate(leeway=60)
        return claims

    return check
