"""What can be commanded and asked over HTTP: each command reads its arguments, then acts on the tenant."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast, get_args

from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.behaviour import Behaviour, ExpiryForm
from azuread_auth.simulation.request_log import RequestKind
from azuread_auth.simulation.strict_table import Table
from azuread_auth.simulation.token_order import TokenWishes

if TYPE_CHECKING:
    from azuread_auth.simulation.tenant import SimulatedTenant

__all__ = ["COMMANDS", "QUESTIONS"]

Action = Callable[["SimulatedTenant"], dict[str, object] | None]
_KINDS: Final[tuple[RequestKind, ...]] = get_args(RequestKind)


def _rotate_keys(given: Table) -> Action:
    keep_old = given.flag("keep_old", default=True)
    return lambda tenant: tenant.rotate_keys(keep_old=keep_old)


def _slow_down(given: Table) -> Action:
    seconds, kind = given.number("seconds"), given.choice("kind", _KINDS)
    if seconds is None or seconds < 0:
        given.refuse("seconds", "a number that is not negative, which must be there")
    return lambda tenant: tenant.slow_down(seconds, kind)


def _fail(given: Table) -> Action:
    kind = given.choice("kind", _KINDS)
    if kind is None:
        given.refuse("kind", f"one of {', '.join(_KINDS)}, which must be there")
    aadsts, status, times = given.integer("aadsts"), given.integer("status"), given.integer("times")
    error, suberror, claims = given.text("error"), given.text("suberror"), given.text("claims")
    user, grant_type = given.text("user"), given.text("grant_type")
    retry_after, headers = _retry_after(given), _headers(given)
    body = _object_or_text(given, "body")
    if status is not None and not 200 <= status <= 599:
        given.refuse("status", "an HTTP status between 200 and 599")
    return lambda tenant: tenant.fail(
        kind,
        aadsts=aadsts,
        status=status,
        times=times,
        retry_after=retry_after,
        headers=headers,
        body=body,
        error=error,
        suberror=suberror,
        claims=claims,
        user=user,
        grant_type=grant_type,
    )


def _retry_after(given: Table) -> float | str | None:
    try:
        return given.number("retry_after")
    except ConfigurationError:
        text = given.text("retry_after")
    if text is not None and not _is_plain(text):
        given.refuse("retry_after", "seconds, or text such as an HTTP date")
    return text


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _object_or_text(given: Table, name: str) -> Mapping[str, object] | str | None:
    try:
        return given.text(name)
    except ConfigurationError:
        return given.members(name)


def _headers(given: Table) -> dict[str, str] | None:
    members = given.members("headers")
    if members is None:
        return None
    headers = {name: value for name, value in members.items() if isinstance(value, str) and _is_plain(value)}
    if len(headers) != len(members) or not all(map(_is_plain, headers)):
        given.refuse("headers", "a table of text")
    return headers


def _of_user(command: Callable[["SimulatedTenant", str | None], None]) -> Callable[[Table], Action]:
    def read(given: Table) -> Action:
        user = given.text("user")
        return lambda tenant: command(tenant, user)

    return read


def _require_mfa(given: Table) -> Action:
    scope, user = given.text("scope"), given.text("user")
    return lambda tenant: tenant.require_mfa(scope, user=user)


def _require_authentication_context(given: Table) -> Action:
    context, user = given.required_text("context"), given.text("user")
    return lambda tenant: tenant.require_authentication_context(context, user=user)


def _require_consent(given: Table) -> Action:
    scope, user = given.required_text("scope"), given.text("user")
    return lambda tenant: tenant.require_consent(scope, user=user)


def _grant_consent(given: Table) -> Action:
    scope = given.required_text("scope")
    return lambda tenant: tenant.grant_consent(scope)


def _clock(given: Table) -> Action:
    advance, now = given.number("advance"), given.number("set")
    if (advance is None) == (now is None):
        given.refuse("advance", "a number of seconds, or set= with seconds since the epoch")

    def act(tenant: "SimulatedTenant") -> dict[str, object]:
        return {"now": tenant.advance(advance) if advance is not None else tenant.clock.set(now or 0.0)}

    return act


def _mint_token(given: Table) -> Action:
    wishes: dict[str, object] = {
        **{name: given.text(name) for name in ("user", "fault", "client", "tenant_id", "authority_url", "audience")},
        **{name: given.texts(name) for name in ("scopes", "roles", "groups")},
        **{name: given.text(name) for name in ("kind", "algorithm")},
        "version": given.integer("version"),
        "expires_in": given.number("expires_in"),
        "claims": given.members("claims"),
    }
    known = {name: value for name, value in wishes.items() if value is not None}
    # The types were looked at above, and TokenOrder refuses the texts and numbers that do not exist.
    return lambda tenant: {"token": tenant.mint_token(**cast("TokenWishes", known))}


def _behaviour(given: Table) -> Action:
    switches: dict[str, object] = {}
    for each in fields(Behaviour):
        if given.has(each.name):
            switches[each.name] = _switch(given, each.name, each.default)

    def act(tenant: "SimulatedTenant") -> None:
        for name, value in switches.items():
            setattr(tenant.behaviour, name, value)

    return act


def _switch(given: Table, name: str, default: object) -> object:
    if isinstance(default, bool):
        return given.flag(name)
    if isinstance(default, str):
        return given.choice(name, get_args(ExpiryForm))
    return given.integer(name)


def _sign_in(given: Table) -> Action:
    url, user = given.required_text("authorization_url"), given.text("user")
    # What a browser would bring back, code included, for a test that has no browser.
    return lambda tenant: {"callback": tenant.sign_in(url, user)}


def _approve_device(given: Table) -> Action:
    code, user = given.required_text("user_code"), given.text("user")
    return lambda tenant: tenant.approve_device(code, user)


def _decline_device(given: Table) -> Action:
    code = given.required_text("user_code")
    return lambda tenant: tenant.decline_device(code)


def _plain(command: Callable[["SimulatedTenant"], None]) -> Callable[[Table], Action]:
    return lambda _given: command


COMMANDS: Final[Mapping[str, Callable[[Table], Action]]] = MappingProxyType(
    {
        "rotate_keys": _rotate_keys,
        "publish_key": _plain(lambda tenant: tenant.publish_key()),
        "go_down": _plain(lambda tenant: tenant.go_down()),
        "come_up": _plain(lambda tenant: tenant.come_up()),
        "slow_down": _slow_down,
        "fail": _fail,
        "require_mfa": _require_mfa,
        "require_authentication_context": _require_authentication_context,
        "require_consent": _require_consent,
        "grant_consent": _grant_consent,
        "revoke_refresh_tokens": _of_user(lambda tenant, user: tenant.revoke_refresh_tokens(user)),
        "revoke_sessions": _of_user(lambda tenant, user: tenant.revoke_sessions(user)),
        "challenge_tokens": _of_user(lambda tenant, user: tenant.challenge_tokens(user)),
        "clock": _clock,
        "behaviour": _behaviour,
        "mint_token": _mint_token,
        "sign_in": _sign_in,
        "approve_device": _approve_device,
        "decline_device": _decline_device,
        "reset": _plain(lambda tenant: tenant.reset()),
    }
)
"""What is commanded, by POST."""


def _index(tenant: "SimulatedTenant", _query: Mapping[str, str]) -> dict[str, object]:
    return {
        "tenant_id": tenant.tenant_id,
        "client_id": tenant.client_id,
        "authority_host": tenant.authority_host,
        "now": tenant.clock(),
        "commands": list(COMMANDS),
        "questions": [name for name in QUESTIONS if name],
    }


def _requests(tenant: "SimulatedTenant", query: Mapping[str, str]) -> dict[str, object]:
    text = query.get("since", "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        message = "since: expected the number of a request"
        raise ConfigurationError(message)
    found = tenant.requests_since(int(text))
    last = found[-1].number if found else int(text)
    return {"requests": [each.as_dict() for each in found], "next": last}


def _accounts(tenant: "SimulatedTenant", _query: Mapping[str, str]) -> dict[str, object]:
    return {
        "accounts": [
            {"name": name, "object_id": user.object_id, "username": user.username, "about": user.about}
            for name, user in tenant.users.items()
        ]
    }


QUESTIONS: Final[Mapping[str, Callable[["SimulatedTenant", Mapping[str, str]], dict[str, object]]]] = MappingProxyType(
    {"": _index, "requests": _requests, "accounts": _accounts}
)
"""What is asked, by GET."""
