"""A provider that does one thing wrong, for tests of what relying parties make of it.

The names of the OpenID Foundation's conformance tests for relying parties (`oidcc-client-test-*`) stand beside the
faults that they are about.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Unpack
from urllib.parse import parse_qs, urlencode, urlsplit

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth._settings.overrides import SettingOverrides
from azuread_auth.ports import TransportAnswer
from azuread_auth.settings import AzureAdSettings
from azuread_auth.simulation import SimulatedTenant, SimulatedUser
from azuread_auth.simulation.directory import endpoint_at
from azuread_auth.simulation.grants.signed_token import presented_token
from azuread_auth.simulation.keys import SimulatedKey, base64url
from azuread_auth.simulation.signing import TokenDraft, json_bytes, merged, sign

__all__ = ["FAULTS", "Fault", "Outcome", "SpoiledTenant"]

Outcome = Literal["accept", "reject", "unavailable"]
"""The user is signed in; is refused; is told to come back later, as the provider is not to be relied on."""
Pairs = list[tuple[str, str]]
Document = dict[str, object]

ATTACKER: Final = "https://attacker.test"


@dataclass(frozen=True)
class IdToken:
    """An ID token taken apart, with the keys that may sign it again."""

    header: Document
    claims: Document = field(repr=False)
    key: SimulatedKey
    stranger: SimulatedKey

    def signed(self) -> str:
        """Its text."""
        return sign(TokenDraft(header=self.header, claims=self.claims, key=self.key))


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong, and how a relying party takes it. Each function changes what the tenant did right."""

    outcome: Outcome
    conformance: str | None = None
    """The conformance test, without `oidcc-client-test-`."""
    grant: str = "authorization_code"
    """Which token answers are spoiled."""
    id_token: Callable[[IdToken], str] | None = None
    token_answer: Callable[[HttpResponse], HttpResponse] | None = None
    metadata: Callable[[Document], Document] | None = None
    key_set: Callable[[Document], Document] | None = None
    callback: Callable[[Pairs], Pairs] | None = None
    before_token: Callable[[SimulatedTenant], None] | None = None


class SpoiledTenant:
    """A simulated tenant with one of the FAULTS, as a transport: `SpoiledTenant(tenant, "alg-none").settings()`."""

    def __init__(self, tenant: SimulatedTenant, fault: str) -> None:
        self.tenant = tenant
        self.fault = FAULTS[fault]
        self.urls: list[str] = []
        """What was asked for, without queries, in order: also what should not have been."""

    @property
    def outcome(self) -> Outcome:
        """What is right to make of it."""
        return self.fault.outcome

    def settings(self, **overrides: Unpack[SettingOverrides]) -> AzureAdSettings:
        """Settings of an application that trusts the tenant."""
        return self.tenant.settings(**(SettingOverrides(transport=self) | overrides))

    def callback(self, authorization_url: str, user: SimulatedUser | str = "adele") -> str:
        """The query, or the form, with which the browser of a user comes back."""
        pairs = list(self.tenant.sign_in(authorization_url, user).items())
        return urlencode(pairs if self.fault.callback is None else self.fault.callback(pairs))

    def answer(self, request: HttpRequest) -> TransportAnswer:
        """The tenant's answer, spoiled where the fault says so."""
        self.urls.append(request.url.partition("?")[0])
        endpoint = endpoint_at(request.url)
        kind = None if endpoint is None or urlsplit(request.url).hostname == "attacker.test" else endpoint.kind
        is_meant = kind == "token" and parse_qs(request.body.decode()).get("grant_type") == [self.fault.grant]
        if is_meant and self.fault.before_token is not None:
            self.fault.before_token(self.tenant)
        answer = self.tenant.answer(request)
        if answer.response is None or answer.response.status != 200:
            return answer
        if is_meant:
            return replace(answer, response=self._token_answer(answer.response))
        change = {"discovery": self.fault.metadata, "keys": self.fault.key_set}.get(kind or "")
        return answer if change is None else replace(answer, response=_changed(answer.response, change))

    def _token_answer(self, response: HttpResponse) -> HttpResponse:
        fault = self.fault
        if fault.id_token is not None:
            change = fault.id_token
            response = _changed(response, lambda document: self._with_id_token(document, change))
        return response if fault.token_answer is None else fault.token_answer(response)

    def _with_id_token(self, document: Document, change: Callable[[IdToken], str]) -> Document:
        presented = presented_token(str(document["id_token"]))
        assert presented is not None
        keys = self.tenant._state.keys
        token = IdToken(dict(presented.header), dict(presented.claims), keys.signing, keys.unpublished)
        return document | {"id_token": change(token)}


def _changed(response: HttpResponse, change: Callable[[Document], Document]) -> HttpResponse:
    return replace(response, body=json.dumps(change(json.loads(response.body))).encode())


def _members(**changes: object) -> Callable[[Document], Document]:
    """Change members of a document; None takes one away."""
    return lambda document: merged(document, changes)


def _claims(**changes: object) -> Callable[[IdToken], str]:
    return lambda token: replace(token, claims=merged(token.claims, changes)).signed()


def _header(**changes: object) -> Callable[[IdToken], str]:
    return lambda token: replace(token, header=merged(token.header, changes)).signed()


def _relative(claim: str, change: Callable[[str], object]) -> Callable[[IdToken], str]:
    """Change a claim as its value asks for."""
    return lambda token: replace(token, claims=token.claims | {claim: change(str(token.claims[claim]))}).signed()


def _unsigned(token: IdToken) -> str:
    return f"{base64url(json_bytes(token.header | {'alg': 'none'}))}.{base64url(json_bytes(token.claims))}."


def _by_secret(token: IdToken) -> str:
    """HS256, with the public key as the secret: what a verifier that believes `alg` would take (RFC 8725 2.1)."""
    signed = f"{base64url(json_bytes(token.header | {'alg': 'HS256'}))}.{base64url(json_bytes(token.claims))}"
    return f"{signed}.{base64url(hmac.digest(token.key.public_pem(), signed.encode(), hashlib.sha256))}"


def _by_stranger(token: IdToken) -> str:
    return replace(token, key=token.stranger).signed()


def _altered(token: IdToken) -> str:
    header, _, signature = token.signed().split(".")
    return f"{header}.{base64url(json_bytes(token.claims | {'name': 'Somebody Else'}))}.{signature}"


def _answered(status: int, body: bytes | None = None, **headers: str) -> Callable[[HttpResponse], HttpResponse]:
    """Another answer; without a body the right one stays, which makes following a redirect worthwhile."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda response: HttpResponse(
        status=status, headers={**response.headers, **named}, body=response.body if body is None else body
    )


def _padded(response: HttpResponse) -> HttpResponse:
    return replace(response, body=response.body[:-1] + b',"padding":"' + b"x" * 10_485_760 + b'"}')


def _one_key(document: Document) -> Document:
    keys = document["keys"]
    assert isinstance(keys, list)
    return document | {"keys": keys[:1]}


def _strange_key(document: Document) -> Document:
    keys = document["keys"]
    assert isinstance(keys, list)
    return document | {"keys": [{"kty": "XYZ", "kid": "strange"}, {"kid": 7}, "key", *keys]}


def _set(name: str, value: str) -> Callable[[Pairs], Pairs]:
    return lambda pairs: [*((each, old) for each, old in pairs if each != name), (name, value)]


def _without(name: str) -> Callable[[Pairs], Pairs]:
    return lambda pairs: [(each, value) for each, value in pairs if each != name]


def _twice(name: str) -> Callable[[Pairs], Pairs]:
    return lambda pairs: [*pairs, (name, dict(pairs)[name])]


def _rotate(tenant: SimulatedTenant) -> None:
    tenant.rotate_keys(keep_old=False)


_PROMISES_ISSUER: Final = _members(authorization_response_iss_parameter_supported=True)

FAULTS: Final[Mapping[str, Fault]] = {
    # What is right, or has to be borne.
    "nothing": Fault(outcome="accept", conformance="idtoken-sig-rs256"),
    "key-rotated-just-before-signing": Fault(
        outcome="accept", conformance="signing-key-rotation-just-before-signing", before_token=_rotate
    ),
    "strange-keys-published": Fault(outcome="accept", conformance="ignores-unparseable-key", key_set=_strange_key),
    "kid-absent-of-one-key": Fault(
        outcome="accept", conformance="kid-absent-single-jwks", id_token=_header(kid=None), key_set=_one_key
    ),
    "kid-absent-of-several-keys": Fault(
        outcome="reject", conformance="kid-absent-multiple-jwks", id_token=_header(kid=None)
    ),
    # The ID token's signature.
    "alg-none": Fault(outcome="reject", conformance="idtoken-sig-none", id_token=_unsigned),
    "alg-es256": Fault(outcome="reject", conformance="invalid-sig-es256", id_token=_header(alg="ES256")),
    "alg-hs256": Fault(outcome="reject", conformance="invalid-sig-hs256", id_token=_by_secret),
    "signature-of-a-stranger": Fault(outcome="reject", conformance="invalid-sig-rs256", id_token=_by_stranger),
    "claims-altered": Fault(outcome="reject", conformance="invalid-sig-rs256", id_token=_altered),
    "kid-unknown": Fault(outcome="reject", id_token=_header(kid="unknown")),
    # The ID token's claims.
    "issuer-wrong": Fault(outcome="reject", conformance="invalid-iss", id_token=_relative("iss", lambda v: f"{v}/")),
    "issuer-missing": Fault(outcome="reject", id_token=_claims(iss=None)),
    "audience-wrong": Fault(outcome="reject", conformance="invalid-aud", id_token=_relative("aud", lambda v: f"{v}1")),
    "audience-missing": Fault(outcome="reject", conformance="missing-aud", id_token=_claims(aud=None)),
    "audience-of-several": Fault(outcome="reject", id_token=_relative("aud", lambda v: [v, ATTACKER])),
    "iat-missing": Fault(outcome="reject", conformance="missing-iat", id_token=_claims(iat=None)),
    "sub-missing": Fault(outcome="reject", conformance="missing-sub", id_token=_claims(sub=None)),
    "exp-missing": Fault(outcome="reject", id_token=_claims(exp=None)),
    "expired": Fault(outcome="reject", id_token=_claims(exp=1_000_000_000)),
    "nonce-wrong": Fault(outcome="reject", conformance="nonce-invalid", id_token=_claims(nonce="wrong")),
    "nonce-missing": Fault(outcome="reject", conformance="nonce-invalid", id_token=_claims(nonce=None)),
    "at-hash-wrong": Fault(outcome="reject", conformance="invalid-athash", id_token=_claims(at_hash="AAAAAAAAAAAA")),
    # The token endpoint.
    "token-500": Fault(outcome="unavailable", token_answer=_answered(500, b"", content_type="text/html")),
    "token-429": Fault(outcome="unavailable", token_answer=_answered(429, b"", retry_after="1")),
    "token-html": Fault(
        outcome="unavailable", token_answer=_answered(200, b"<!doctype html><p>Welcome", content_type="text/html")
    ),
    "token-mac": Fault(outcome="unavailable", token_answer=lambda answer: _changed(answer, _members(token_type="mac"))),
    "token-10-mb": Fault(outcome="unavailable", token_answer=_padded),
    "token-redirect": Fault(
        outcome="unavailable", token_answer=_answered(307, b"", location=f"{ATTACKER}/common/oauth2/v2.0/token")
    ),
    "id-token-missing": Fault(outcome="reject", token_answer=lambda answer: _changed(answer, _members(id_token=None))),
    "id-token-no-jwt": Fault(outcome="reject", id_token=lambda _: "token"),
    # Discovery.
    "discovery-issuer-mismatch": Fault(
        outcome="unavailable", conformance="discovery-issuer-mismatch", metadata=_members(issuer=f"{ATTACKER}/v2.0")
    ),
    # The callback.
    "callback-iss-wrong": Fault(outcome="reject", callback=_set("iss", ATTACKER)),
    "callback-iss-missing": Fault(outcome="reject", metadata=_PROMISES_ISSUER),
    "state-wrong": Fault(outcome="reject", callback=_set("state", "wrong")),
    "state-missing": Fault(outcome="reject", callback=_without("state")),
    "state-twice": Fault(outcome="reject", callback=_twice("state")),
    "code-missing": Fault(outcome="reject", callback=_without("code")),
    "code-twice": Fault(outcome="reject", callback=_twice("code")),
    "code-and-error": Fault(outcome="reject", callback=_set("error", "access_denied")),
    "code-of-nobody": Fault(outcome="reject", callback=_set("code", "1.guess")),
    "error-with-markup": Fault(
        outcome="reject",
        conformance="form-post-error",
        callback=lambda pairs: [
            *_without("code")(pairs),
            ("error", "access_denied"),
            ("error_description", "<script>alert(1)</script>\r\nX: y" + "x" * 10_000),
        ],
    ),
    # The answer to a refresh token.
    "refreshed-issuer-wrong": Fault(
        outcome="reject",
        conformance="refresh-token-invalid-issuer",
        grant="refresh_token",
        id_token=_relative("iss", lambda v: f"{v}/"),
    ),
    "refreshed-subject-wrong": Fault(
        outcome="reject",
        conformance="refresh-token-invalid-sub",
        grant="refresh_token",
        id_token=_claims(sub="somebody-else"),
    ),
}
"""Faults by name. Each leaves the rest of the sign-in as it should be."""
