"""Which proxy a request goes through, by the environment variables that other programs go by."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

__all__ = ["Proxies", "Proxy"]


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy's address, which may hold a password, and the name of the variable that gave it."""

    url: str
    variable: str

    def __repr__(self) -> str:
        return f"Proxy(variable={self.variable!r})"


class Proxies:
    """`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in lower or upper case, as `environ` has them now.

    Loopback and link-local addresses are never proxied: a managed identity's endpoint answers this machine alone, and a
    proxy that forwarded its own would hand out the proxy's identity.
    Source: Microsoft, "Azure Instance Metadata Service", on proxies.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._by_scheme = {scheme: _proxy_for(scheme, environ) for scheme in ("http", "https")}
        no_proxy = _variable("no_proxy", environ)[0]
        self._exceptions = tuple(entry for part in no_proxy.split(",") if (entry := part.strip().lower()))

    def proxy_for(self, scheme: str, host: str, port: int | None) -> Proxy | None:
        """The proxy for a request, or None when it goes out directly. `host` has no brackets."""
        proxy = self._by_scheme.get(scheme)
        host = host.lower().rstrip(".")
        if proxy is None or _is_local(host):
            return None
        port = port or {"http": 80, "https": 443}[scheme]
        return None if any(_excepts(entry, host, port) for entry in self._exceptions) else proxy


def _proxy_for(scheme: str, environ: Mapping[str, str]) -> Proxy | None:
    for name in (f"{scheme}_proxy", "all_proxy"):
        value, variable = _variable(name, environ)
        # Under CGI a client's `Proxy:` header arrives as HTTP_PROXY (CVE-2016-5385).
        if value and not (variable == "HTTP_PROXY" and "REQUEST_METHOD" in environ):
            return Proxy(value if "://" in value else f"http://{value}", variable)
    return None


def _variable(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    for variable in (name, name.upper()):
        if value := environ.get(variable, "").strip():
            return value, variable
    return "", name


def _is_local(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_link_local


def _excepts(entry: str, host: str, port: int) -> bool:
    """Whether an entry of NO_PROXY is for the host: `*`, a name with all below it, an address or a network."""
    if entry == "*":
        return True
    name, separator, entry_port = entry.rpartition(":")
    if separator and entry_port.isdecimal() and (":" not in name or name.endswith("]")):
        if int(entry_port) != port:
            return False
        entry = name
    entry = entry.strip("[]")
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        name = entry.removeprefix("*").removeprefix(".")
        return host == name or host.endswith(f".{name}")
