"""Where outbound tokens are kept: redis_url and encryption_keys."""

import base64
import re
from typing import Final
from urllib.parse import urlsplit

from azuread_auth._settings.plain import items, plain_text
from azuread_auth._settings.refusal import SettingRefused
from azuread_auth.secret import Secret

__all__ = ["check_token_store", "encryption_keys", "redis_url_or_none"]

_REDIS_URL: Final = "redis_url"
_ENCRYPTION_KEYS: Final = "encryption_keys"
_KEY_BYTES: Final = 32
_KEY_TEXT: Final = re.compile(r"(?:[A-Za-z0-9_-]{43}|[A-Za-z0-9+/]{43})=?", re.ASCII)


def redis_url_or_none(value: object, setting: str) -> Secret | None:
    """The address, held as a secret because it may have a password in it; None when left out."""
    text = value.reveal() if isinstance(value, Secret) else value
    if text is None or text == "":
        return None
    if not isinstance(text, str) or not plain_text(text) or not _names_a_server(text):
        problem = "is not the address of a Redis server; expected redis://host:6379/0, rediss://… or unix:///path"
        raise SettingRefused(setting, problem)
    return Secret(text)


def _names_a_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_good_port = parts.port != 0
    except ValueError:
        return False
    if parts.scheme == "unix":
        return parts.path.strip("/") != ""
    return parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and has_good_port


def encryption_keys(value: object, setting: str) -> tuple[Secret, ...]:
    """Keys of 32 bytes, in order: bytes as they are, texts decoded from base64."""
    return tuple(_key(item, setting) for item in items(value, setting))


def _key(item: object, setting: str) -> Secret:
    key = item.reveal_bytes() if isinstance(item, Secret) else item
    if isinstance(item, str) and _KEY_TEXT.fullmatch(item):
        key = base64.urlsafe_b64decode(item.removesuffix("=").replace("+", "-").replace("/", "_") + "=")
    if not isinstance(key, bytes) or len(key) != _KEY_BYTES:
        problem = "has an item that is not a key; expected 32 bytes, or what `azuread-auth key` prints"
        raise SettingRefused(setting, problem)
    return Secret(key)


def check_token_store(*, has_redis: bool, has_keys: bool) -> None:
    """Refuse one of the two without the other."""
    if has_redis and not has_keys:
        problem = (
            "needs {encryption_keys}: tokens are never kept in Redis in the clear; `azuread-auth key` prints a key"
        )
        raise SettingRefused(_REDIS_URL, problem)
    if has_keys and not has_redis:
        raise SettingRefused(_ENCRYPTION_KEYS, "has no use without {redis_url}; give both or neither")
