"""Web addresses of authorities, in the one strict form that settings accept."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

__all__ = ["WebAddress", "is_domain_name"]

# No query, fragment, userinfo, percent or backslash can match: what is accepted means the same to every parser.
_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:]+\])(?::(?P<port>[0-9]{1,5}))?(?P<path>/[a-z0-9._~/-]*)?",
    re.ASCII | re.IGNORECASE,
)
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# A last label that begins with a letter is no part of an IPv4 address, in whatever base that is written.
_HOST_NAME: Final = re.compile(rf"(?:{_LABEL}\.)*[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?", re.ASCII)
_MAX_HOST_LENGTH: Final = 253
_MAX_PORT: Final = 65_535
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


def is_domain_name(text: str) -> bool:
    """Whether the text, in lower case, is a DNS name of two labels or more."""
    return "." in text and _is_host_name(text)


def _is_host_name(text: str) -> bool:
    return len(text) <= _MAX_HOST_LENGTH and _HOST_NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAddress:
    """A scheme, a host, a port that is not the scheme's own, and the segments of a path."""

    scheme: str
    host: str
    port: int | None
    segments: tuple[str, ...]

    @classmethod
    def parse(cls, text: object) -> "WebAddress | None":
        """The address, or None when it is anything but plain http(s). One slash at the end does not count."""
        match = _ADDRESS.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            return None
        scheme, host = match["scheme"].lower(), match["host"].lower()
        port = int(match["port"]) if match["port"] else _DEFAULT_PORTS[scheme]
        path = (match["path"] or "").removesuffix("/")
        segments = tuple(path.split("/")[1:])
        if not (_is_host_name(host) or _is_loopback(host)) or not 0 < port <= _MAX_PORT:
            return None
        if any(segment in {"", ".", ".."} for segment in segments):
            return None
        return cls(scheme=scheme, host=host, port=None if port == _DEFAULT_PORTS[scheme] else port, segments=segments)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can answer there: 127.0.0.0/8, ::1 and localhost (RFC 6761 6.3)."""
        return _is_loopback(self.host)

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return "/".join((f"{self.scheme}://{self.host}{port}", *self.segments))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return address == ipaddress.IPv6Address("::1") or (
        isinstance(address, ipaddress.IPv4Address) and address.is_loopback
    )
