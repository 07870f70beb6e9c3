"""HTTPS with a server that is known by its certificate alone, over real sockets, on asyncio, trio and threads."""

import hashlib
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.errors import ProviderUnavailable
from tests.conftest import Mode
from tests.contract.conftest import Certificate, LoopbackServer, make_certificate

OTHER_PIN = "00" * 20


def sha1_of(certificate: Certificate) -> str:
    """The thumbprint of the server's certificate."""
    _, begin, rest = certificate.server_file.read_text().partition("-----BEGIN CERTIFICATE-----")
    return hashlib.sha1(ssl.PEM_cert_to_DER_cert(begin + rest)).hexdigest()


def fetch(mode: Mode, url: str, pin: str | None, **request: Any) -> HttpResponse:
    """The answer of a server that nothing but the pin vouches for."""
    http = mode.http()
    return mode.run(lambda: http.send(HttpRequest(url=url, pinned_certificate_sha1=pin, **request)))


def refusal(mode: Mode, url: str, pin: str, **request: Any) -> str:
    """The message of the error in which it must end."""
    with pytest.raises(ProviderUnavailable) as caught:
        fetch(mode, url, pin, **request)
    return str(caught.value)


@pytest.fixture(scope="session")
def pin(certificate: Certificate) -> str:
    """The thumbprint of the server's certificate, in lower case."""
    return sha1_of(certificate)


@pytest.fixture(scope="session")
def names_of_another(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for a name that the server does not have."""
    return make_certificate(tmp_path_factory.mktemp("pinned") / "other", "node.example")


@pytest.fixture
def old_tls_server(certificate: Certificate) -> Iterator[LoopbackServer]:
    """A server that speaks TLS 1.1 at the most."""
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        running = LoopbackServer(certificate.tls_with(maximum=ssl.TLSVersion.TLSv1_1))
    yield running
    running.close()


def spellings(pin: str) -> list[str]:
    """As platforms and people write it."""
    pairs = [pin[index : index + 2] for index in range(0, 40, 2)]
    return [pin, pin.upper(), ":".join(pairs), " ".join(pairs).upper()]


@pytest.mark.parametrize("spelling", range(4))
def test_pinned_certificate_is_accepted(mode: Mode, tls_server: LoopbackServer, pin: str, spelling: int) -> None:
    """The certificate itself is enough: nobody has to know its issuer."""
    response = fetch(mode, f"{tls_server.url}/ok", spellings(pin)[spelling], headers={"Secret": "x"})
    assert response.body == b"hello"
    assert tls_server.headers_seen[0]["Secret"] == "x"


def test_name_in_a_pinned_certificate_does_not_matter(mode: Mode, names_of_another: Certificate) -> None:
    """Nodes of a cluster share a certificate that has none of their names."""
    server = LoopbackServer(names_of_another.tls)
    try:
        assert fetch(mode, f"{server.url}/ok", sha1_of(names_of_another)).body == b"hello"
    finally:
        server.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_T114_other_certificate_gets_nothing(mode: Mode, certificate: Certificate, version: ssl.TLSVersion) -> None:
    """T114: not a byte of the request is sent to a server with any other certificate, and the secret is not shown."""
    tls = certificate.tls
    tls.minimum_version = tls.maximum_version = version
    server = LoopbackServer(tls)
    try:
        message = refusal(mode, f"{server.url}/ok", OTHER_PIN, headers={"Secret": "canary"})
    finally:
        server.close()
    assert "its certificate is not the one whose thumbprint is pinned" in message
    assert "canary" not in message
    assert server.hits.total() == 0


def test_T114_trusted_certificate_is_not_the_pinned_one(
    mode: Mode, tls_server: LoopbackServer, certificate: Certificate
) -> None:
    """T114: what an authority vouches for does not do in place of the one that is pinned."""
    http = mode.http(ca_bundle=certificate.ca_file)
    request = HttpRequest(url=f"{tls_server.url}/ok", pinned_certificate_sha1=OTHER_PIN)
    with pytest.raises(ProviderUnavailable, match="is pinned"):
        mode.run(lambda: http.send(request))
    assert tls_server.hits.total() == 0


def test_T114_old_tls_is_refused_with_a_pin_too(mode: Mode, old_tls_server: LoopbackServer, pin: str) -> None:
    """T114: TLS 1.2 at the least."""
    assert "cannot be reached" in refusal(mode, f"{old_tls_server.url}/ok", pin)
    assert old_tls_server.hits.total() == 0


def test_connections_are_apart_by_pin(mode: Mode, tls_server: LoopbackServer, pin: str) -> None:
    """A connection whose certificate was good for one request is not used for one that expects another."""
    http = mode.http()

    async def body() -> list[str]:
        outcomes: list[str] = []
        for each in (pin, OTHER_PIN, None, pin):
            request = HttpRequest(url=f"{tls_server.url}/port", pinned_certificate_sha1=each)
            try:
                outcomes.append((await http.send(request)).body.decode())
            except ProviderUnavailable:
                outcomes.append("refused")
        return outcomes

    first, *between, last = mode.run(body)
    assert first == last
    assert between == ["refused", "refused"]


@pytest.mark.parametrize(
    "thumbprint", ["", "0" * 39, "0" * 41, "0" * 64, "g" * 40, "\u0660" * 40, "0" * 40 + "\n"], ids=repr
)
def test_T114_thumbprint_that_is_none_is_refused(mode: Mode, tls_server: LoopbackServer, thumbprint: str) -> None:
    """T114: anything but 40 hexadecimal digits is an error, and not the end of checking."""
    assert "expected 40 hexadecimal digits" in refusal(mode, f"{tls_server.url}/ok", thumbprint)
    assert tls_server.hits.total() == 0


def test_T114_pin_needs_https(mode: Mode, server: LoopbackServer, pin: str) -> None:
    """T114: over http there is no certificate to look at: nothing is sent."""
    assert "not https" in refusal(mode, f"{server.url}/ok", pin, headers={"Secret": "canary"})
    assert server.hits.total() == 0


def test_pinned_server_is_reached_through_a_checked_proxy(
    mode: Mode, tls_server: LoopbackServer, certificate: Certificate, pin: str
) -> None:
    """A proxy that speaks TLS is judged by the authorities, whatever is pinned for the server behind it."""
    http = mode.http(environ={"ALL_PROXY": tls_server.url})
    request = HttpRequest(url="https://node.example/", pinned_certificate_sha1=pin)
    with pytest.raises(ProviderUnavailable, match="its certificate is not accepted"):
        mode.run(lambda: http.send(request))
    trusting = mode.http(environ={"ALL_PROXY": tls_server.url}, ca_bundle=certificate.ca_file)
    with pytest.raises(ProviderUnavailable, match="the proxy refuses to connect"):
        mode.run(lambda: trusting.send(request))


def test_T116_direct_request_goes_through_no_proxy(mode: Mode, server: LoopbackServer) -> None:
    """T116: a host that answers this machine alone is asked directly, whatever its name and the environment."""
    http = mode.http(environ={"HTTP_PROXY": server.url, "ALL_PROXY": server.url})
    request = HttpRequest(url="http://identity.invalid/ok", is_direct=True, timeout_seconds=2)
    with pytest.raises(ProviderUnavailable, match=r"^http://identity"):
        mode.run(lambda: http.send(request))
    assert server.hits.total() == 0


def test_T116_proxy_is_still_used_for_the_others(mode: Mode, server: LoopbackServer) -> None:
    """T116: a direct request does not make the next one direct."""
    http = mode.http(environ={"HTTP_PROXY": server.url})

    async def body() -> int:
        await http.send(HttpRequest(url=f"{server.url}/ok", is_direct=True))
        return (await http.send(HttpRequest(url="http://login.example/ok"))).status

    assert mode.run(body) == 404
    assert server.hits["http://login.example/ok"] == 1
