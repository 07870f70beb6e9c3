"""The address of a Redis server and the options of a RedisStore."""

from typing import Any

import pytest

from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret
from azuread_auth.stores._redis.address import parse_address
from azuread_auth.stores.redis import RedisStore


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("redis://cache", ("cache", 6379, None, 0, "", "", False), id="host alone"),
        pytest.param("redis://cache:1/2", ("cache", 1, None, 2, "", "", False), id="port and database"),
        pytest.param("redis://cache?db=3", ("cache", 6379, None, 3, "", "", False), id="database as option"),
        pytest.param("redis://:p%40ss@cache", ("cache", 6379, None, 0, "", "p@ss", False), id="password"),
        pytest.param("rediss://me:p@[::1]:6380", ("::1", 6380, None, 0, "me", "p", True), id="user, IPv6 and TLS"),
        pytest.param("unix:///run/a%20b", ("localhost", 6379, "/run/a b", 0, "", "", False), id="socket"),
        pytest.param(Secret("unix://:p@/s?db=1"), ("localhost", 6379, "/s", 1, "", "p", False), id="secret"),
    ],
)
def test_url_is_read(url: Any, expected: tuple[Any, ...]) -> None:
    """Host, port, path, database, user, password and whether it is TLS."""
    read = parse_address(url)
    password = read.password.reveal()
    assert (read.host, read.port, read.path, read.database, read.username, password, read.is_tls) == expected


@pytest.mark.parametrize(
    ("url", "match"),
    [
        pytest.param("", "^url is empty", id="empty"),
        pytest.param(None, "^url is empty", id="none"),
        pytest.param("http://:secret@cache", "^url is not the address of a Redis server", id="another scheme"),
        pytest.param("redis://:secret@cache/x", "^url has no number of a database", id="database that is none"),
        pytest.param("redis://:secret@cache/²", "^url has no number of a database", id="digit of another kind"),
        pytest.param("redis://:secret@cache/99999999999", "^url has no number of a database", id="too large"),
        pytest.param("rediss://:secret@cache?ssl_cert_reqs=none", "^url has an option that is not known", id="no TLS"),
        pytest.param("redis://:secret@cache?socket_timeout=60", "^url has an option that is not known", id="time"),
        pytest.param("redis://cache?ssl_ca_certs=/secret", "^url has ssl_ca_certs= without", id="file without TLS"),
        pytest.param("rediss://cache?ssl_ca_certs=", "^url has ssl_ca_certs= without", id="no file"),
    ],
)
def test_T106_wrong_url_is_refused(url: Any, match: str) -> None:
    """What is no address, or would weaken what is decided here, is refused without being quoted."""
    with pytest.raises(ConfigurationError, match=match) as raised:
        RedisStore(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("seconds", [0.049, 0.251, 0, -1, float("nan"), float("inf"), True, "0.2", None])
def test_R18_operations_are_short(seconds: Any) -> None:
    """R18: an operation may take 50 to 250 milliseconds, so that Redis never holds up a request."""
    with pytest.raises(ConfigurationError, match=r"^operation_seconds is out of range; expected seconds from 0\.05"):
        RedisStore("redis://cache", operation_seconds=seconds)
    for good in (0.05, 0.25):
        RedisStore("redis://cache", operation_seconds=good)
