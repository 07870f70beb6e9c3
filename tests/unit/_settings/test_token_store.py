"""Where outbound tokens are kept, and under which keys."""

from typing import Any

import pytest

from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret
from azuread_auth.settings import (
    AzureAdSettings,
)

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
KEY = bytes(range(32))
KEY_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def settings(**given_settings: Any) -> AzureAdSettings:
    """Good settings, but for what is given."""
    return AzureAdSettings(**{"tenant_id": TENANT, "client_id": CLIENT, **given_settings})


def refusal(**given_settings: Any) -> str:
    """The message with which such settings are refused."""
    with pytest.raises(ConfigurationError) as refused:
        settings(**given_settings)
    return str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["redis://cache", "redis://:p%40ss@cache:6379/0", "rediss://cache.contoso.com:6380", "unix:///run/redis.sock"],
)
def test_redis_addresses_that_are_accepted(url: str) -> None:
    """Redis is reached by TCP, TLS or a socket in the file system."""
    kept = settings(redis_url=url, encryption_keys=[KEY]).redis_url
    assert isinstance(kept, Secret)
    assert kept.reveal() == url


@pytest.mark.parametrize(
    "url",
    [
        *("cache:6379", "http://cache", "redis://", "redis:///0", "redis://cache:port", "redis://cache:0", "unix://"),
        *("unix:///", "redis://[::1", "redis://ca che", "redis://cache\n", 7, b"redis://cache"),
    ],
)
def test_redis_addresses_that_are_refused(url: object) -> None:
    """An address that leads nowhere is told at once."""
    assert refusal(redis_url=url, encryption_keys=[KEY]).startswith("redis_url is not the address of a Redis server")


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(KEY, id="32 bytes"),
        pytest.param(KEY_TEXT, id="URL-safe base64"),
        pytest.param(f"{KEY_TEXT}=", id="base64 with padding"),
        pytest.param(Secret(KEY), id="a secret of 32 bytes"),
    ],
)
def test_encryption_keys_that_are_accepted(key: object) -> None:
    """A key is 32 bytes, or their base64 as the key command prints it."""
    kept = settings(redis_url="redis://cache", encryption_keys=[key]).encryption_keys
    assert kept == (Secret(KEY),)


def test_both_alphabets_of_base64_are_read() -> None:
    """Standard and URL-safe base64 of the same bytes are the same key."""
    standard, url_safe = "+/" * 21 + "8=", "-_" * 21 + "8="
    one = settings(redis_url="redis://cache", encryption_keys=[standard])
    assert one == settings(redis_url="redis://cache", encryption_keys=[url_safe])


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([b"short"], id="short bytes"),
        pytest.param([KEY + b"x"], id="33 bytes"),
        pytest.param(["x" * 32], id="32 letters, which are no random bytes"),
        pytest.param([KEY_TEXT[:-1]], id="base64 of 31 bytes"),
        pytest.param(["+-" * 21 + "8"], id="both alphabets of base64 at once"),
        pytest.param([KEY_TEXT, ""], id="an empty one"),
        pytest.param([Secret("short")], id="a short secret"),
        pytest.param([7], id="a number"),
        pytest.param(KEY_TEXT, id="one text"),
        pytest.param(KEY, id="one key as bytes"),
        pytest.param(Secret(KEY), id="one secret"),
        pytest.param(None, id="None"),
    ],
)
def test_encryption_keys_that_are_refused(keys: object) -> None:
    """What is not exactly 32 bytes is no key."""
    assert refusal(redis_url="redis://cache", encryption_keys=keys).startswith("encryption_keys ")


@pytest.mark.parametrize(
    ("half", "message"),
    [
        pytest.param({"redis_url": "redis://cache"}, "redis_url needs encryption_keys", id="Redis without keys"),
        pytest.param({"encryption_keys": [KEY]}, "encryption_keys has no use without redis_url", id="keys without it"),
    ],
)
def test_redis_and_keys_belong_together(half: dict[str, object], message: str) -> None:
    """Tokens are never in Redis in the clear, and keys that encrypt nothing point to a slip."""
    assert refusal(**half).startswith(message)
