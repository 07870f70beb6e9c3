"""One request, as far as decisions depend on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["WebRequest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRequest:
    """What decisions depend on, whatever the server interface. No forwarding header is in it."""

    method: str
    path: str
    """As routed: decoded, and without the mount's prefix."""
    authorization: Sequence[bytes] = field(repr=False)
    """The values of all Authorization headers."""
    origin: str | None = None
    preflight_method: str | None = None
    """`Access-Control-Request-Method`."""
    accept: str = ""
    query: str = field(default="", repr=False)
    cookies: Sequence[bytes] = field(default=(), repr=False)
    """The values of all Cookie headers."""
    host: Sequence[bytes] = ()
    """The values of all Host headers."""
    fetch_site: str | None = None
    """`Sec-Fetch-Site`: whether another site's page sends this."""
    fetch_mode: str | None = None
    """`Sec-Fetch-Mode`: "navigate" for a page."""
    fetch_dest: str | None = None
    """`Sec-Fetch-Dest`: "document" for a page of its own, "iframe" for one inside another."""
    purpose: str | None = None
    """`Sec-Purpose`: "prefetch" where nobody has asked for it yet."""
    is_websocket: bool = False

    @property
    def is_cors_preflight(self) -> bool:
        """Fetch 4.8: a browser asks whether it may ask; it never sends credentials with that, so what does is none."""
        is_asking = self.method == "OPTIONS" and self.origin is not None and self.preflight_method is not None
        return is_asking and not self.authorization

    @property
    def is_top_level(self) -> bool:
        """Whether the answer is to be a page of its own, as far as the browser says: no frame, image or script."""
        return self.fetch_mode in (None, "navigate") and self.fetch_dest in (None, "document")

    @property
    def is_page(self) -> bool:
        """Whether a person's browser asks for a page."""
        return self.method in ("GET", "HEAD") and not self.authorization and self.wants_page

    @property
    def wants_page(self) -> bool:
        """Whether the answer is for a person's browser to show, also where a form was sent."""
        if self.is_websocket:
            return False
        return self.fetch_mode == "navigate" if self.fetch_mode is not None else "text/html" in self.accept
