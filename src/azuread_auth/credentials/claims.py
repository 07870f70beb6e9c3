"""What a claims request asks of sources of tokens that have no parameter for it."""

from typing import Any

from azuread_auth._protocol.strict_json import parse_object

__all__ = ["asks_for_more", "capabilities_in"]


def capabilities_in(claims: str | None) -> tuple[str, ...]:
    """What the request says that the client is able to do, such as "CP1"; nothing where it does not say."""
    found = _capabilities(_parsed(claims))
    values = found.get("values") if isinstance(found, dict) else None
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()


def asks_for_more(claims: str | None) -> bool:
    """Whether the request answers a challenge, and does not only tell what the client is able to do."""
    request = _parsed(claims)
    access_token = request.pop("access_token", {})
    asked = dict(access_token) if isinstance(access_token, dict) else {"access_token": access_token}
    asked.pop("xms_cc", None)
    return bool(request or asked)


def _parsed(claims: str | None) -> dict[str, Any]:
    return {} if claims is None else parse_object(claims.encode())


def _capabilities(request: dict[str, Any]) -> object:
    access_token = request.get("access_token")
    return access_token.get("xms_cc") if isinstance(access_token, dict) else None
