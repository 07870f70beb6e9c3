"""Where a Redis server is, and who asks."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from azuread_auth._settings.refusal import SettingRefused
from azuread_auth._settings.token_store import redis_url_or_none
from azuread_auth.secret import Secret

__all__ = ["Address", "parse_address"]

_URL: Final = "url"
_DEFAULT_PORT: Final = 6379
_MAX_DATABASE: Final = 2**31
_OPTIONS: Final = frozenset({"db", "ssl_ca_certs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A server by host and port, or by the path of its socket."""

    host: str
    port: int
    path: str | None
    database: int
    username: str
    password: Secret
    is_tls: bool
    ca_file: str | None

    @property
    def name(self) -> str:
        """The server in messages: without user and password."""
        return f"redis at {self.path or f'{self.host}:{self.port}'}"


def parse_address(url: str | Secret) -> Address:
    """Read redis://, rediss:// or unix://. Raises ConfigurationError, without quoting the url.

    Time limits, protocol and TLS are decided here and not by options of the url, of which there are two: `db`, and
    `ssl_ca_certs`, a file of certificate authorities to trust in place of the system's.
    """
    checked = redis_url_or_none(url, _URL)
    if checked is None:
        raise SettingRefused(_URL, "is empty; expected redis://host:6379/0, rediss://… or unix:///path")
    parts = urlsplit(checked.reveal())
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not options.keys() <= _OPTIONS:
        raise SettingRefused(_URL, "has an option that is not known; expected none, db= or ssl_ca_certs=")
    is_socket = parts.scheme == "unix"
    return Address(
        host=parts.hostname or "localhost",
        port=parts.port or _DEFAULT_PORT,
        path=unquote(parts.path) if is_socket else None,
        database=_database(options.get("db") or ("" if is_socket else parts.path.strip("/"))),
        username=unquote(parts.username or ""),
        password=Secret(unquote(parts.password or "")),
        is_tls=parts.scheme == "rediss",
        ca_file=_ca_file(options.get("ssl_ca_certs"), parts),
    )


def _database(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and int(text) < _MAX_DATABASE):
        raise SettingRefused(_URL, "has no number of a database at its end; expected redis://host:6379/0")
    return int(text)


def _ca_file(path: str | None, parts: SplitResult) -> str | None:
    if path is not None and (not path or parts.scheme != "rediss"):
        raise SettingRefused(_URL, "has ssl_ca_certs= without a file or without TLS; expected rediss:// and a path")
    return path
