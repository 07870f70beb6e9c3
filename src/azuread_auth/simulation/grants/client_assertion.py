"""Assertions that prove an application: signed by its own certificate, or by somebody whom it trusts."""

import hashlib
from functools import lru_cache
from typing import Final

from cryptography import x509

from azuread_auth.simulation.apps import SimulatedApp
from azuread_auth.simulation.directory import SimulatedAuthority
from azuread_auth.simulation.grants.certificate_chain import chain_leaf
from azuread_auth.simulation.grants.federation import check_federated
from azuread_auth.simulation.grants.signed_token import PresentedToken, presented_token
from azuread_auth.simulation.keys import base64url
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.tenant_state import TenantState

__all__ = ["ASSERTION_TYPE", "check_assertion"]

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SKEW_SECONDS: Final = 300.0


def check_assertion(
    text: str, app: SimulatedApp, *, authority: SimulatedAuthority, state: TenantState, now: float
) -> None:
    """Raise Refused unless the assertion proves the application to this endpoint."""
    token = presented_token(text)
    if token is None:
        raise Refused(50027, error="invalid_client", detail="The client assertion is not a signed token.")
    if token.text("iss") != app.client_id and token.text("sub") != app.client_id:
        check_federated(token, app, state=state, now=now)
        return
    _check_signature(token, app, now)
    _check_claims(token, app, authority)
    _check_life(token, state.behaviour.longest_assertion_seconds, now)
    _check_first_use(token, app, state, now)


def _check_signature(token: PresentedToken, app: SimulatedApp, now: float) -> None:
    der = _certificate_named(token, app)
    # Each algorithm has its own thumbprint: SHA-1 is left for what is too old for PS256.
    algorithm = "PS256" if "x5t#S256" in token.header else "RS256"
    if der is None or not token.is_signed_by(_certificate(der).public_key(), algorithms=(algorithm,)):
        raise Refused(700027)
    certificate = _certificate(der)
    if not certificate.not_valid_before_utc.timestamp() <= now < certificate.not_valid_after_utc.timestamp():
        raise Refused(1000502)


def _certificate_named(token: PresentedToken, app: SimulatedApp) -> bytes | None:
    if app.trusted_chain is not None and "x5c" in token.header:
        return chain_leaf(token.header["x5c"], *app.trusted_chain)
    name, algorithm = ("x5t#S256", "sha256") if "x5t#S256" in token.header else ("x5t", "sha1")
    thumbprint = str(token.header.get(name, "")).rstrip("=")  # MSAL for Python pads it
    return next((der for der in app.certificates if _thumbprint(der, algorithm) == thumbprint), None)


@lru_cache(maxsize=64)
def _thumbprint(der: bytes, algorithm: str) -> str:
    return base64url(hashlib.new(algorithm, der, usedforsecurity=False).digest())


@lru_cache(maxsize=64)
def _certificate(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)


def _check_claims(token: PresentedToken, app: SimulatedApp, authority: SimulatedAuthority) -> None:
    if not token.text("iss") == token.text("sub") == app.client_id:
        raise Refused(700021)
    base = f"{authority.origin}/{authority.path}"
    welcome = {f"{base}/oauth2/v2.0/token", f"{base}/v2.0", authority.issuer(2), authority.issuer(1)}
    if token.text("aud") not in welcome:
        raise Refused(700023)


def _check_life(token: PresentedToken, longest_seconds: float, now: float) -> None:
    expires_at, valid_from = token.number("exp"), token.number("nbf") or 0.0
    if expires_at is None or not now - _SKEW_SECONDS < expires_at <= now + longest_seconds + _SKEW_SECONDS:
        raise Refused(700024)
    if valid_from > now + _SKEW_SECONDS:
        raise Refused(700024)


def _check_first_use(token: PresentedToken, app: SimulatedApp, state: TenantState, now: float) -> None:
    jti = token.text("jti")
    if not jti:
        raise Refused(50027, error="invalid_client", detail="The client assertion has no jti.")
    expires_at = (token.number("exp") or now) + _SKEW_SECONDS
    with state.lock:
        is_first = state.seen_assertions.is_first_use(app.client_id, jti, expires_at=expires_at, now=now)
    if not is_first:
        raise Refused(50027, error="invalid_client", detail="The client assertion was used before.")
