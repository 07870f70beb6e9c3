"""A tenant whose every answer is full of secrets and names, in every encoding, and a search for them in bytes."""

import base64
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote

from azuread_auth.ports import HttpRequest, HttpResponse, TransportAnswer
from azuread_auth.simulation import SimulatedTenant
from tests.security.outbound_canaries import SECRET_FIELDS

SECRET: Final = "cAnArY~s3cr3t.7f3a9c21d4e8-of-nobody"
EMAIL: Final = "adele.kanarienvogel@contoso-kanarien.example"
OBJECT_ID: Final = "c0ffee00-1234-4abc-9def-0123456789ab"
NAME: Final = "Adele Kanarienvogel"
PLANTED: Final = (SECRET, EMAIL, OBJECT_ID, NAME)
_WINDOW: Final = 10
_ENCODED: Final = re.compile(rb"[A-Za-z0-9+/_-]{12,}")


def spellings(text: str) -> Iterator[str]:
    """The text as it is, and in encodings that hide it from a plain search."""
    data = text.encode()
    yield from (text, text.lower(), text.upper(), quote(text, safe=""), data.hex(), text[::-1])
    yield "".join(f"%{byte:02X}" for byte in data)
    yield "".join(f"\\u{ord(character):04x}" for character in text)
    for offset in range(3):
        encoded = base64.b64encode(b"." * offset + data)
        yield encoded.decode()
        yield base64.urlsafe_b64encode(b"." * offset + data).decode()
        yield base64.b64encode(encoded).decode()
    yield base64.b64encode(gzip.compress(data)).decode()


ALL_SPELLINGS: Final = tuple(spelling for text in PLANTED for spelling in spellings(text))


def planted(document: Mapping[str, Any]) -> dict[str, Any]:
    """The members, each that can be spoilt with everything in it, and some more."""
    everything = " ".join(ALL_SPELLINGS)
    more: dict[str, Any] = {text: text for text in ALL_SPELLINGS[:5]}
    more |= {"client_info": base64.b64encode(everything.encode()).decode(), "nested": {everything: [everything]}}
    return {**document, **more}


def planted_token() -> str:
    """A JWT of nobody's, with secrets in each claim that a token can have, and in others."""
    names = ("iss", "aud", "tid", "oid", "sub", "name", "email", "upn", "ver", "idtyp", "scp", "azpacr", "acr", "jti")
    claims: dict[str, Any] = dict.fromkeys(names, f"{SECRET} {EMAIL} {OBJECT_ID}")
    claims |= {"roles": list(ALL_SPELLINGS), "amr": list(PLANTED), "xms_cc": list(PLANTED), "groups": [OBJECT_ID]}
    claims |= {text: text for text in ALL_SPELLINGS} | {"acct": SECRET, "iat": 1, "exp": 3601}
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "kid": SECRET}, claims, SECRET)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def planted_challenge() -> str:
    """A claims challenge with secrets in each place."""
    wish = {"essential": True, "value": SECRET, "values": [OBJECT_ID, EMAIL, *ALL_SPELLINGS[:9]], SECRET: SECRET}
    part = dict.fromkeys(("acrs", "nbf", "capolids", "xms_rp_ipaddr", SECRET, OBJECT_ID), wish)
    return json.dumps({"access_token": part, "id_token": part, EMAIL: part})


class PlantedTenant(SimulatedTenant):
    """Notes what is secret in each request and answer, and plants more into the answers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.seen: set[str] = set(PLANTED)
        self.tokens: set[str] = {SECRET}
        self.is_gzipped = False

    def answer(self, request: HttpRequest) -> TransportAnswer:
        """The tenant's own answer, spoilt."""
        for name, value in parse_qsl(request.body.decode("latin-1")):
            if name not in {
                "scope",
                "resource",
                "grant_type",
                "requested_token_use",
                "client_assertion_type",
                "claims",
            }:
                self.seen.add(value)
                self.tokens |= {value} if name in SECRET_FIELDS else set()
        for name, value in request.headers.items():
            if name.lower() in ("authorization", "x-identity-header", "secret", "client-request-id"):
                self.seen.add(value)
        answer = super().answer(request)
        if answer.response is None or (request.method == "GET" and "/identity" not in request.url):
            return answer
        return TransportAnswer(response=self._spoilt(answer.response))

    def _spoilt(self, response: HttpResponse) -> HttpResponse:
        document = json.loads(response.body or b"{}")
        for name in ("access_token", "refresh_token", "id_token", "device_code", "user_code", "correlation_id"):
            if isinstance(document.get(name), str):
                self.seen.add(document[name])
                self.tokens |= set() if name == "correlation_id" else {document[name]}
        spoilt = planted(document)
        if "access_token" in document and "id_token" not in document:
            spoilt["access_token"] = planted_token()
        if "error" in document:
            spoilt |= {"error_description": " ".join(ALL_SPELLINGS), "suberror": SECRET, "error_uri": SECRET}
        headers = {**response.headers, "set-cookie": SECRET, "x-ms-request-id": OBJECT_ID, SECRET.lower(): SECRET}
        body = json.dumps(spoilt).encode()
        if self.is_gzipped:
            body, headers["content-encoding"] = gzip.compress(body), "gzip"
        return HttpResponse(status=response.status, headers=headers, body=body)


def found_in(content: bytes, secrets: set[str]) -> list[str]:
    """Which pieces of secrets are in the bytes: as they are, and after each decoding of what may be encoded."""
    texts = {text.lower() for text in _readings(content)}
    windows = {text[start : start + _WINDOW] for text in texts for start in range(len(text) - _WINDOW + 1)}
    return sorted({piece for secret in secrets for piece in _pieces(secret)} & windows)


def _pieces(secret: str) -> Iterator[str]:
    """Windows of the text, and of its digits where it is a GUID."""
    for spelled in (secret, secret.replace("-", ""), *spellings(secret)):
        for start in range(0, max(len(spelled) - _WINDOW, 0) + 1, 3):
            if len(piece := spelled[start : start + _WINDOW]) == _WINDOW:
                yield piece.lower()


def _readings(content: bytes) -> Iterator[str]:
    """The content, and what is in it when parts of it are decoded."""
    text = content.decode("latin-1")
    yield text
    yield unquote(text)
    yield text.replace("\\\\", "\\")
    for match in _ENCODED.finditer(content):
        for offset in range(4):
            data = match[0][offset:]
            data = data[: len(data) - (len(data) % 4 == 1)]
            yield base64.urlsafe_b64decode(data.translate(_URL_SAFE) + b"=" * (-len(data) % 4)).decode("latin-1")


_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
