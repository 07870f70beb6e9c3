"""A token that was got, as people and programs may see it: never its text unless somebody asks for that."""

import json
from collections.abc import Iterator, Mapping

from azuread_auth.access_token import AccessToken, UserToken
from azuread_auth.cli.inspection.decoded_token import DecodedToken, decode_token
from azuread_auth.cli.inspection.masking import is_personal, masked, shown
from azuread_auth.cli.inspection.meanings import meaning_of, time_from_now

__all__ = ["json_facts", "text_facts"]


def text_facts(token: AccessToken, *, now: float) -> str:
    """What the token is good for, and what it says of itself, on a page."""
    decoded = decode_token(token.reveal())
    claims = decoded.claims or {}
    audience = shown(claims["aud"]) if "aud" in claims else "an API that it does not name"
    lines = [f"OK: a token for {audience}, which expires {time_from_now(token.expires_at - now)}"]
    summary = _summary(token, claims)
    width = max(map(len, summary))
    lines += [f"  {name:{width}}  {value}" for name, value in summary.items()]
    lines += ["", *_claim_lines(decoded, now)]
    return "\n".join(lines)


def json_facts(token: AccessToken, *, now: float, is_revealed: bool, is_simulated: bool) -> str:
    """The same as a JSON object; `token` is null unless it is to be revealed."""
    decoded = decode_token(token.reveal())
    claims = decoded.claims or {}
    return json.dumps(
        {
            "token": token.reveal() if is_revealed else None,
            "token_type": token.token_type,
            "simulated": is_simulated,
            "expires_at": int(token.expires_at),
            "expires_in_seconds": int(token.expires_at - now),
            "audience": claims.get("aud"),
            "application": _application(claims),
            "tenant_id": claims.get("tid"),
            "scopes": _scopes(token, claims),
            "roles": claims.get("roles", []),
            "signed_in": _person(token),
            "claims": {name: _visible(name, value) for name, value in claims.items()} or None,
        },
        indent=2,
    )


def _summary(token: AccessToken, claims: Mapping[str, object]) -> dict[str, str]:
    roles = claims.get("roles")
    found = {
        "scopes": ", ".join(map(shown, _scopes(token, claims))),
        "roles": ", ".join(map(shown, roles)) if isinstance(roles, list) else "",
        "application": shown(_application(claims) or ""),
        "tenant": shown(claims.get("tid", "")),
    }
    if isinstance(token, UserToken):
        person = token.principal
        found["signed in"] = f"{shown(masked(person.name))} ({shown(masked(person.username))})"
    return {name: value for name, value in found.items() if value} or {"scopes": "not told"}


def _scopes(token: AccessToken, claims: Mapping[str, object]) -> list[str]:
    """Those in the token, which are short, else those that the provider granted."""
    scopes = claims.get("scp")
    return sorted(scopes.split()) if isinstance(scopes, str) else sorted(token.scopes)


def _application(claims: Mapping[str, object]) -> object:
    return claims.get("azp", claims.get("appid"))


def _person(token: AccessToken) -> dict[str, object] | None:
    if not isinstance(token, UserToken):
        return None
    person = token.principal
    return {"name": masked(person.name), "username": masked(person.username), "tenant_id": person.tenant_id}


def _claim_lines(decoded: DecodedToken, now: float) -> Iterator[str]:
    if decoded.claims is None:
        yield "The token is opaque: only the API that it is for can read it."
        return
    yield "Claims (as the token says; to check them is up to the API that it is for)"
    width = min(max(map(len, map(shown, decoded.claims)), default=0), 20)
    for name, value in decoded.claims.items():
        meaning = meaning_of(name, value, settings=None, now=now)
        yield f"  {shown(name):{width}}  {shown(_visible(name, value))}{f'  ({meaning})' if meaning else ''}"


def _visible(name: str, value: object) -> object:
    return masked(value) if is_personal(name) else value
