"""Host headers and origins of any bytes mean an address that was configured, and paths what they plainly say.

The lines are Host headers; the last is also an Origin, and a path.
"""

from azuread_auth._settings.address import WebAddress
from azuread_auth._web.origins import BaseUrls, is_same_site_request, origin_of
from azuread_auth._web.paths import Access, PathRules

CONFIGURED = ("https://app.example.com/shop", "http://localhost:8000")
URLS = BaseUrls(CONFIGURED)
THIS_MACHINE = BaseUrls(())
HOSTS = {b"app.example.com", b"app.example.com:443", b"localhost:8000"}
RULES = PathRules(public_paths=["/healthz", "/public/*"], optional_paths=["/optional", "/shop/*"])


def one_input(data: bytes) -> None:
    lines = data.split(b"\n")
    chosen = URLS.choose(lines)
    assert chosen in {None, *CONFIGURED}, "a redirect goes to an address that nobody configured"
    assert (chosen is not None) == (len(lines) == 1 and _is_ours(lines[0])), "a host was taken for another"
    _judge_loopback(THIS_MACHINE.choose(lines))
    text = lines[-1].decode("utf-8", "surrogateescape")
    _judge_address(text)
    _judge_origin(text)
    _judge_path(f"/{text}")


def _is_ours(host: bytes) -> bool:
    """Whether it is a configured one; zeros before its port mean nothing."""
    name, colon, port = host.lower().partition(b":")
    if port.isdigit() and len(port) <= 5:
        return name + colon + b"%d" % int(port) in HOSTS
    return not colon and name in HOSTS


def _judge_loopback(chosen: str | None) -> None:
    if chosen is not None:
        name = chosen.removeprefix("http://")
        assert name.startswith(("localhost", "127.", "[")), "another machine was taken for this one"


def _judge_address(text: str) -> None:
    address = WebAddress.parse(text)
    if address is not None:
        assert WebAddress.parse(str(address)) == address, "an address changes when it is written"
        assert not {"@", "\\", "?", "#", "%", " "} & set(text), "an address has two readings"


def _judge_origin(text: str) -> None:
    own = origin_of("https://app.example.com/shop")
    is_own = is_same_site_request("POST", origin=text, sec_fetch_site=None, own_origins={own})
    assert is_own == (text == "https://app.example.com"), "another site's page was taken for our own"


def _judge_path(path: str) -> None:
    access = RULES.access(path)
    names = path.split("/")
    if access is Access.PUBLIC:
        assert path == "/healthz" or (path.startswith("/public/") and ".." not in names), "a path was opened"
    elif access is Access.OPTIONAL:
        assert path == "/optional" or (path.startswith("/shop/") and ".." not in names), "a path was opened"
