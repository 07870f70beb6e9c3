"""The rules of a protected resource's settings: its address, scopes and name."""

from typing import Final

from azuread_auth._settings.address import WebAddress
from azuread_auth._settings.plain import items, texts
from azuread_auth._settings.refusal import SettingRefused

__all__ = ["authorization_servers", "metadata_address_or_none", "name_or_none", "own_scopes", "resource_address"]

_OF_OPENID: Final = frozenset({"openid", "profile", "email", "offline_access"})
_MAX_NAME_LENGTH: Final = 200


def resource_address(value: object, setting: str) -> str:
    """The address as clients use it: a slash at its end belongs to it (RFC 9728 3.3 compares exactly)."""
    address = _address(value, setting)
    return f"{address}/" if str(value).endswith("/") else str(address)


def metadata_address_or_none(value: object, setting: str) -> str | None:
    """Where clients find the document; None for where RFC 9728 3.1 has it."""
    return None if value is None or value == "" else str(_address(value, setting))


def _address(value: object, setting: str) -> WebAddress:
    address = WebAddress.parse(value)
    if address is None:
        problem = (
            "is not an address; expected scheme, host and perhaps a path, such as https://mcp.example.com/mcp, without "
            "query, fragment or user"
        )
        raise SettingRefused(setting, problem)
    # RFC 9728 7.1, 7.3: what a client learns in the clear may be an attacker's.
    if address.scheme != "https" and not address.is_loopback:
        problem = "is http off this machine; expected https: behind a proxy give the address that clients use"
        raise SettingRefused(setting, problem)
    return address


def own_scopes(value: object, setting: str) -> tuple[str, ...]:
    """Scopes of this resource, by short or full names."""
    scopes = texts(value, setting)
    if not _OF_OPENID.isdisjoint(scopes):
        problem = "has a scope of OpenID Connect, which clients add themselves; expected scopes of this API"
        raise SettingRefused(setting, problem)
    return scopes


def authorization_servers(value: object, setting: str) -> tuple[str, ...]:
    """Issuers whose metadata clients fetch; none for the tenant's own."""
    return tuple(dict.fromkeys(resource_address(each, setting) for each in items(value, setting)))


def name_or_none(value: object, setting: str) -> str | None:
    """A name for people, or None."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not value.isprintable() or len(value) > _MAX_NAME_LENGTH:
        raise SettingRefused(setting, "is not a name; expected a text of one line, at most 200 characters")
    return value
