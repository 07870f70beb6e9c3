"""The authorization request and its answer (RFC 6749 4.1, RFC 7636, RFC 9207, OpenID Connect Core 3.1.2)."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit

from azuread_auth._protocol.authority import TENANT_TEMPLATE
from azuread_auth._protocol.metadata import Metadata
from azuread_auth.errors import ConfigurationError, InteractionRequired, LoginFailed
from azuread_auth.secret import Secret

__all__ = [
    "SignInWishes",
    "authorization_parameters",
    "authorization_url",
    "check_redirect_uri",
    "code_challenge",
    "code_in_answer",
    "single_parameters",
    "unguessable",
]

_ADDRESS: Final = re.compile(r"[\x21\x22\x24-\x5b\x5d-\x7e]+")  # no fragment, nor what parsers drop or read differently
_LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PROMPTS: Final = frozenset({"login", "none", "consent", "select_account", "create"})
_RESPONSE_MODES: Final = frozenset({"query", "form_post"})
_INTERACTION: Final = frozenset(
    {"login_required", "interaction_required", "consent_required", "account_selection_required"}
)
_ERROR: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_AADSTS: Final = re.compile(r"AADSTS([0-9]{4,10})\b", re.ASCII)
_MAX_PARAMETERS: Final = 32
_MAX_ANSWER: Final = 32_768
_GUID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInWishes:
    """How a sign-in should go. Raises ConfigurationError for values that the provider does not know."""

    response_mode: str = "query"
    prompt: str | None = None
    login_hint: str | None = field(default=None, repr=False)
    domain_hint: str | None = None
    claims: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.response_mode not in _RESPONSE_MODES:
            message = 'response_mode= is not known; expected "query" or "form_post"'
            raise ConfigurationError(message)
        if self.prompt is not None and self.prompt not in _PROMPTS:
            message = f"prompt= is not known; expected one of {', '.join(sorted(_PROMPTS))}, or nothing"
            raise ConfigurationError(message)


def unguessable(data: bytes) -> str:
    """Random bytes as text for URLs: 32 of them make a verifier of 43 characters (RFC 7636 4.1)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def code_challenge(code_verifier: str) -> str:
    """The challenge by S256 (RFC 7636 4.2); `plain` is never used."""
    return unguessable(hashlib.sha256(code_verifier.encode()).digest())


def check_redirect_uri(redirect_uri: str) -> None:
    """Refuse an address that a code could be stolen from: http beyond this machine, a fragment, no whole URL."""
    if not _is_safe_address(redirect_uri):
        message = (
            "redirect_uri= is not usable; expected the whole https:// address that is registered for the application "
            "(http:// for localhost only), without a fragment"
        )
        raise ConfigurationError(message)


def _is_safe_address(given: object) -> bool:
    if not isinstance(given, str) or _ADDRESS.fullmatch(given) is None:
        return False
    try:
        parts = urlsplit(given)
        host, _ = parts.hostname, parts.port  # a port that is no number is found when it is asked for
    except ValueError:
        return False
    if not host or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK_HOSTS)


def authorization_parameters(
    *,
    client_id: str,
    redirect_uri: str,
    scopes: Iterable[str],
    state: str,
    nonce: str,
    challenge: str,
    wishes: SignInWishes,
    claims: str | None,
) -> dict[str, str]:
    """The parameters of the request; nothing in it is to be kept from the user's browser."""
    optional = {
        "prompt": wishes.prompt,
        "login_hint": wishes.login_hint,
        "domain_hint": wishes.domain_hint,
        "claims": claims,
    }
    return {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "response_mode": wishes.response_mode,
        "scope": " ".join(scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        **{name: value for name, value in optional.items() if value},
    }


def authorization_url(endpoint: str, parameters: Mapping[str, str]) -> str:
    """Where the user's browser goes to sign in."""
    return f"{endpoint}?{urlencode(parameters)}"


def single_parameters(answer: str | Mapping[str, str]) -> dict[str, str]:
    """The parameters of an answer, as a query string, a form, or a mapping.

    Raises LoginFailed when one is there twice (RFC 6749 3.1) or when it is too large to be one.
    """
    if isinstance(answer, str):
        if len(answer) > _MAX_ANSWER:
            _refuse("the answer to the sign-in is too large")
        try:
            pairs = parse_qsl(answer.removeprefix("?"), keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
        except ValueError as error:
            message = "the answer to the sign-in has too many parameters; start the sign-in again"
            raise LoginFailed(message) from error
    else:
        pairs = _pairs(answer)
    parameters = dict(pairs)
    if len(parameters) != len(pairs) or not all(isinstance(value, str) for value in parameters.values()):
        _refuse("the answer to the sign-in has a parameter twice, or one that is no text")
    return parameters


def _pairs(answer: Mapping[str, str]) -> list[tuple[str, str]]:
    """Also those that repeat: the mappings of Django, Starlette and Werkzeug show one of them, unless asked for all."""
    getlist = getattr(answer, "getlist", None)
    if getlist is None:
        return [(str(name), value) for name, value in answer.items()]
    return [(str(name), value) for name in answer for value in getlist(name)]


def code_in_answer(parameters: Mapping[str, str], *, state: str, metadata: Metadata, scopes: tuple[str, ...]) -> Secret:
    """The code of an answer that belongs to the request with this state.

    Raises LoginFailed for an answer that is forged, mixed up or an error, InteractionRequired where signing in with a
    page would help. What the provider says in words is not kept.
    """
    # A lone surrogate is no character, but may be in text that was never bytes: it must not raise, only differ.
    if not hmac.compare_digest(parameters.get("state", "").encode(errors="surrogatepass"), state.encode()):
        _refuse("the answer does not belong to this sign-in (state)")
    _check_issuer(parameters.get("iss"), metadata)
    error, code = parameters.get("error"), parameters.get("code")
    if (error is None) == (code is None):
        _refuse("the answer to the sign-in has neither or both of code and error")
    if error is not None:
        _raise_error(error, parameters, scopes)
    if not code or not code.isprintable() or not code.isascii():
        _refuse("the answer to the sign-in has no usable code")
    return Secret(code)


def _check_issuer(iss: str | None, metadata: Metadata) -> None:
    """RFC 9207 2.4. Which tenant of many it is shows later, in the ID token."""
    if iss is None:
        if metadata.promises_iss:
            _refuse("the answer does not name its issuer, which this provider promises to do")
        return
    before, template, after = metadata.issuer.partition(TENANT_TEMPLATE)
    expected = re.escape(before) + (f"{_GUID}{re.escape(after)}" if template else "")
    if re.fullmatch(expected, iss, re.ASCII) is None:
        _refuse("the answer comes from another issuer than the sign-in was sent to")


def _raise_error(error: str, parameters: Mapping[str, str], scopes: tuple[str, ...]) -> NoReturn:
    code = error if _ERROR.fullmatch(error) else "unknown_error"
    number = _AADSTS.search(parameters.get("error_description", "")[:200])
    aadsts = int(number[1]) if number is not None else None
    if code in _INTERACTION:
        message = "the user has to sign in with a page"
        raise InteractionRequired(message, error=code, scopes=scopes, aadsts=aadsts)
    detail = code if aadsts is None else f"{code}, AADSTS{aadsts}"
    message = f"the provider ended the sign-in ({detail})"
    raise LoginFailed(message, error=code, aadsts=aadsts)


def _refuse(problem: str) -> NoReturn:
    message = f"{problem}; start the sign-in again"
    raise LoginFailed(message)
