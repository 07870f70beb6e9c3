"""Under which address an application is asked, and whose pages may ask with its cookies."""

from collections.abc import Collection, Sequence
from typing import Final

from azuread_auth._settings.address import WebAddress

__all__ = ["BaseUrls", "is_same_site_request", "origin_of"]

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110 9.2.1; TRACE is none that browsers send
_SAME_SITE: Final = frozenset({"same-origin", "none"})


class BaseUrls:
    """The addresses that browsers use, as they are configured; none: this machine alone, over http.

    What is configured has the form that settings give it. No header but Host has a say, and that only in which of the
    addresses is meant: whoever sends X-Forwarded-Host or a false Host changes no redirect URI.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        addresses = [WebAddress.parse(url) for url in urls]
        self._addresses = [address for address in addresses if address is not None]
        if len(self._addresses) != len(addresses):
            message = "base_url has an item that is not the address of an application; expected https://app.example.com"
            raise ValueError(message)

    def choose(self, hosts: Sequence[bytes]) -> str | None:
        """The address that a request with these Host headers is for; None for a request to be answered 400.

        Of several addresses with the same host, the first.
        """
        host = _only(hosts)
        if host is None:
            return None
        if not self._addresses:
            asked = _address("http", host)
            return str(asked) if asked is not None and asked.is_loopback else None
        for address in self._addresses:
            asked = _address(address.scheme, host)
            if asked is not None and (asked.host, asked.port) == (address.host, address.port):
                return str(address)
        return None


def _only(hosts: Sequence[bytes]) -> str | None:
    if len(hosts) != 1:
        return None
    host = hosts[0].decode("latin-1")
    return None if "/" in host else host


def _address(scheme: str, host: str) -> WebAddress | None:
    return WebAddress.parse(f"{scheme}://{host}")


def origin_of(base_url: str) -> str:
    """The origin of an address that `BaseUrls.choose` gave, as browsers write it in Origin."""
    return "/".join(base_url.split("/")[:3])


def is_same_site_request(
    method: str,
    *,
    origin: str | None,
    sec_fetch_site: str | None,
    own_origins: Collection[str],
    trusted_origins: Collection[str] = (),
    is_websocket: bool = False,
) -> bool:
    """Whether a request that a cookie speaks for was sent by a page of this application, or one that it trusts.

    Methods that change nothing pass, but not the handshake of a WebSocket, whose frames may do anything and which no
    same-origin policy keeps from being read. All current browsers send Origin with other methods and with WebSockets,
    "null" for a page that hides it or has none; whether it was this application's says Sec-Fetch-Site then, as where it
    is left out. A request with neither comes from no browser, and programs have bearer tokens: it is refused.
    """
    if method in _SAFE_METHODS and not is_websocket:
        return True
    # A page with the referrer policy "no-referrer" hides its origin even from itself; a sandboxed one is cross-site.
    if origin is not None and not (origin == "null" and sec_fetch_site == "same-origin"):
        return origin in own_origins or origin in trusted_origins
    return sec_fetch_site in _SAME_SITE
