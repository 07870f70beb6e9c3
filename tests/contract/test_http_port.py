"""What HTTP over real sockets does, on asyncio, trio and threads."""

import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.errors import ProviderUnavailable
from tests.conftest import Mode
from tests.contract.conftest import Certificate, LoopbackServer

SECRETS = ("secret-path", "secret-query", "secret-user", "secret-body", "secret-of-the-server")


def fetch(mode: Mode, url: str, *, options: dict[str, Any] | None = None, **request: Any) -> HttpResponse:
    """The answer to one request by an adapter made with the options."""
    http = mode.http(**(options or {}))
    return mode.run(lambda: http.send(HttpRequest(url=url, **request)))


def refusal(mode: Mode, url: str, *, options: dict[str, Any] | None = None, **request: Any) -> str:
    """The message of the ProviderUnavailable that the request must end in; nothing secret is in it."""
    with pytest.raises(ProviderUnavailable) as caught:
        fetch(mode, url, options=options, **request)
    message = str(caught.value)
    assert not [secret for secret in SECRETS if secret in message]
    return message


def test_answer_has_status_headers_and_body(mode: Mode, server: LoopbackServer) -> None:
    """Header names arrive in lower case, values and body as sent."""
    response = fetch(mode, f"{server.url}/ok")
    assert (response.status, response.body, response.headers["x-mixed-case"]) == (200, b"hello", "Kept")


def test_method_headers_and_body_are_sent(mode: Mode, server: LoopbackServer) -> None:
    """A form arrives as it was built."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    fetch(mode, f"{server.url}/ok", method="POST", headers=headers, body=b"grant_type=x")
    assert server.bodies_seen == [b"grant_type=x"]
    assert server.headers_seen[0]["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("status", [204, 400, 404, 429, 500, 503])
def test_every_status_is_an_answer(mode: Mode, server: LoopbackServer, status: int) -> None:
    """What a status means is for the caller to judge; the adapter raises only when there is no answer."""
    response = fetch(mode, f"{server.url}/status/{status}")
    assert (response.status, response.headers["retry-after"]) == (status, "7")


def test_T115_redirect_is_not_followed(mode: Mode, server: LoopbackServer) -> None:
    """T115: a redirect comes back as the answer it is; its target is never asked, so no secret travels there."""
    response = fetch(mode, f"{server.url}/redirect", method="POST", body=b"client_secret=x")
    assert (response.status, response.headers["location"]) == (307, "/target")
    assert server.hits["/target"] == 0


def test_cookies_are_neither_kept_nor_sent(mode: Mode, server: LoopbackServer) -> None:
    """What the provider sets for one user's request must not go out with the next one's."""
    http = mode.http()

    async def body() -> None:
        await http.send(HttpRequest(url=f"{server.url}/cookie"))
        await http.send(HttpRequest(url=f"{server.url}/ok"))

    mode.run(body)
    assert "Cookie" not in server.headers_seen[1]


@pytest.mark.parametrize("path", ["bytes/10001", "bytes/10000000", "chunked/11000", "chunked/10000000"])
def test_T47_larger_answer_is_refused(mode: Mode, server: LoopbackServer, path: str) -> None:
    """T47: an answer beyond the limit is an error that names host and limit, with or without a declared length."""
    message = refusal(mode, f"{server.url}/{path}", max_response_bytes=10_000)
    assert message == f"{server.url} answered with more than 10000 bytes"


@pytest.mark.parametrize("path", ["bytes/10000", "chunked/10000"])
def test_answer_of_the_largest_size_is_taken(mode: Mode, server: LoopbackServer, path: str) -> None:
    """The limit itself is allowed."""
    assert len(fetch(mode, f"{server.url}/{path}", max_response_bytes=10_000).body) == 10_000


def test_T47_compression_is_not_asked_for(mode: Mode, server: LoopbackServer) -> None:
    """T47: whatever the caller's headers say, an uncompressed answer is asked for."""
    fetch(mode, f"{server.url}/ok", headers={"Accept-Encoding": "gzip"})
    assert server.headers_seen[0]["Accept-Encoding"] == "identity"


def test_T47_gzip_bomb_is_refused(mode: Mode, server: LoopbackServer) -> None:
    """T47: a compressed answer nobody asked for is not unpacked."""
    assert "compressed body" in refusal(mode, f"{server.url}/gzip/900000", max_response_bytes=10_000)


@pytest.mark.parametrize(
    "path",
    [
        "silence",
        "drip",
        "drip_of_header",
        "drip_of_chunk_extension",
        "drip_of_trailer",
        "early_hints",
        "flood_of_early_hints",
    ],
)
def test_R03_total_time_is_limited(mode: Mode, server: LoopbackServer, path: str) -> None:
    """R03: a provider that says nothing, or one byte at a time, costs no more than the whole exchange may take."""
    began = time.monotonic()
    message = refusal(mode, f"{server.url}/{path}/secret-path?x=secret-query", timeout_seconds=0.3)
    assert message == f"{server.url} did not answer within 0.3 seconds"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("truncated", "RemoteProtocolError", id="body that ends too early"),
        pytest.param("garbage", "RemoteProtocolError", id="something else than HTTP"),
    ],
)
def test_broken_answer_is_unavailable(mode: Mode, server: LoopbackServer, path: str, text: str) -> None:
    """What is no answer at all is reported without quoting it."""
    message = refusal(mode, f"{server.url}/{path}/secret-path?x=secret-query", method="POST", body=b"secret-body")
    assert text in message


def test_R27_refused_connection_is_unavailable(mode: Mode, free_port: int) -> None:
    """R27: nobody listens: the message has scheme, host and the system's reason, not user, path or query."""
    message = refusal(mode, f"http://secret-user@127.0.0.1:{free_port}/secret-path?x=secret-query")
    assert message.startswith(f"http://127.0.0.1:{free_port} cannot be reached: ")


def test_address_that_is_no_url_is_unavailable(mode: Mode) -> None:
    """An address that cannot be parsed is an error like any other, and is not quoted."""
    message = refusal(mode, "http://[secret-path:1]x/")
    assert message.startswith("an address that is no URL cannot be reached")


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("https://secret-user@a..b/secret-path", id="empty label"),
        pytest.param(f"https://{'a' * 70}.b/secret-path", id="label too long"),
        pytest.param("http://127.0.0.1:99999/secret-path", id="port that does not exist"),
        pytest.param("https://login.example/secret-path", id="proxy with an empty label"),
    ],
)
def test_R27_address_that_cannot_be_used_is_unavailable(mode: Mode, address: str) -> None:
    """R27, R28: what the resolver or the socket cannot even express is an error like any other."""
    options = {"environ": {"HTTPS_PROXY": "http://name:secret-user@proxy..example:3128"}}
    assert "cannot be reached" in refusal(mode, address, options=options if "login" in address else None)


def test_unknown_scheme_is_unavailable(mode: Mode) -> None:
    """Only http and https exist."""
    assert "cannot be reached" in refusal(mode, "file:///secret-path")


def test_T114_unknown_authority_is_refused(mode: Mode, tls_server: LoopbackServer) -> None:
    """T114: a certificate of an authority that nobody trusts ends the exchange before the request is sent."""
    message = refusal(mode, f"{tls_server.url}/ok", options={"environ": {}})
    assert "certificate is not accepted" in message
    assert "ca_bundle" in message
    assert tls_server.hits.total() == 0


@pytest.mark.parametrize("as_variable", [False, True], ids=["ca_bundle", "SSL_CERT_FILE"])
def test_private_authority_can_be_trusted(
    mode: Mode, tls_server: LoopbackServer, certificate: Certificate, as_variable: bool
) -> None:
    """A private authority is trusted by name, in the settings or in the variable other programs know."""
    file = str(certificate.ca_file)
    options = {"environ": {"SSL_CERT_FILE": file}} if as_variable else {"ca_bundle": file}
    assert fetch(mode, f"{tls_server.url}/ok", options=options).body == b"hello"


def test_T114_wrong_host_name_is_refused(mode: Mode, certificate_of_another: Certificate) -> None:
    """T114: a trusted certificate of another host does not do."""
    server = LoopbackServer(certificate_of_another.tls)
    try:
        message = refusal(mode, f"{server.url}/ok", options={"ca_bundle": certificate_of_another.ca_file})
    finally:
        server.close()
    assert "certificate is not accepted (IP address mismatch" in message


def test_T114_old_tls_is_refused(mode: Mode, certificate: Certificate) -> None:
    """T114: a server that speaks TLS 1.1 at the most gets no request."""
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        server = LoopbackServer(certificate.tls_with(maximum=ssl.TLSVersion.TLSv1_1))
    try:
        assert "cannot be reached" in refusal(mode, f"{server.url}/ok", options={"ca_bundle": certificate.ca_file})
    finally:
        server.close()
    assert server.hits.total() == 0


@pytest.mark.parametrize("content", [None, "not a certificate"], ids=["absent", "not PEM"])
def test_unusable_ca_bundle_is_unavailable(mode: Mode, tmp_path: Path, content: str | None) -> None:
    """A file of authorities that cannot be loaded is named; the system's are not taken in its place."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    assert refusal(mode, "https://127.0.0.1/", options={"ca_bundle": file}) == (
        f"ca_bundle: {file} cannot be loaded; expected certificates in PEM format"
    )


def test_unusable_folder_of_authorities_is_unavailable(mode: Mode, tls_server: LoopbackServer, tmp_path: Path) -> None:
    """An empty SSL_CERT_DIR trusts nobody."""
    message = refusal(mode, f"{tls_server.url}/ok", options={"environ": {"SSL_CERT_DIR": str(tmp_path)}})
    assert "certificate is not accepted" in message


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_T116_proxy_of_the_environment_is_used(mode: Mode, server: LoopbackServer, variable: str) -> None:
    """T116: a request to another machine goes to the proxy, which is asked for the whole address."""
    environ = {variable: server.url}
    response = fetch(mode, "http://login.example/ok", options={"environ": environ})
    assert response.status == 404
    assert server.hits["http://login.example/ok"] == 1


def test_T116_https_goes_through_a_tunnel(mode: Mode, server: LoopbackServer) -> None:
    """T116, R28: the proxy is asked for a tunnel; one that wants a password is an error that does not show ours."""
    environ = {"HTTPS_PROXY": server.url.replace("://", "://name:secret-user@")}
    message = refusal(mode, "https://login.example/secret-path", options={"environ": environ})
    assert message.startswith("https://login.example cannot be reached: the proxy refuses to connect")
    assert server.hits["CONNECT login.example:443"] == 1


def test_T116_loopback_is_never_proxied(mode: Mode, server: LoopbackServer, free_port: int) -> None:
    """T116: with a proxy that does not even run, loopback is reached."""
    dead = f"http://127.0.0.1:{free_port}"
    environ = {"HTTP_PROXY": dead, "HTTPS_PROXY": dead, "ALL_PROXY": dead}
    assert fetch(mode, f"{server.url}/ok", options={"environ": environ}).status == 200


def test_T116_metadata_service_is_never_proxied(mode: Mode, server: LoopbackServer) -> None:
    """T116: 169.254.169.254 is asked directly, whether or not it answers here."""
    http = mode.http(environ={"HTTP_PROXY": server.url, "ALL_PROXY": server.url})
    request = HttpRequest(url="http://169.254.169.254/metadata/instance", timeout_seconds=0.2)
    mode.run(lambda: mode.settle(lambda: http.send(request)))
    assert server.hits.total() == 0


def test_R28_dead_proxy_is_unavailable(mode: Mode, free_port: int) -> None:
    """R28: a proxy that is down is an error that does not show its password."""
    environ = {"ALL_PROXY": f"name:secret-user@127.0.0.1:{free_port}"}
    assert "cannot be reached" in refusal(mode, "https://login.example/", options={"environ": environ})


@pytest.mark.parametrize("address", ["gopher://secret-user", "http://[secret-user:1]x", "socks5://secret-user"])
def test_unusable_proxy_is_unavailable(mode: Mode, address: str) -> None:
    """A proxy variable that names none is called by its name; its value may hold a password and is not shown."""
    message = refusal(mode, "https://login.example/", options={"environ": {"HTTPS_PROXY": address}})
    assert message.startswith("HTTPS_PROXY names no usable proxy")


def test_proxy_over_tls_is_checked(mode: Mode, tls_server: LoopbackServer, certificate: Certificate) -> None:
    """A proxy that speaks TLS must have a certificate that is accepted, by the same authorities."""
    environ = {"ALL_PROXY": tls_server.url}
    assert "certificate is not accepted" in refusal(mode, "http://login.example/", options={"environ": environ})
    options = {"environ": environ, "ca_bundle": certificate.ca_file}
    assert fetch(mode, "http://login.example/ok", options=options).status == 404


def test_connection_is_used_again(mode: Mode, server: LoopbackServer) -> None:
    """Requests of one event loop or process share a connection."""
    http = mode.http()

    async def body() -> list[bytes]:
        return [(await http.send(HttpRequest(url=f"{server.url}/port"))).body for _ in range(3)]

    assert len(set(mode.run(body))) == 1


def test_many_requests_at_once(mode: Mode, server: LoopbackServer) -> None:
    """Tasks and threads share one adapter."""
    http = mode.http()

    async def send() -> int:
        return (await http.send(HttpRequest(url=f"{server.url}/ok"))).status

    assert mode.run(lambda: mode.gather(*[send] * 20)) == [200] * 20


def test_closed_adapter_opens_anew(mode: Mode, server: LoopbackServer) -> None:
    """Closing ends the connections, not the adapter; closing twice is fine."""
    http = mode.http()

    async def body() -> list[bytes]:
        bodies: list[bytes] = []
        for _ in range(2):
            bodies.append((await http.send(HttpRequest(url=f"{server.url}/port"))).body)
            await http.aclose()
            await http.aclose()
        return bodies

    assert len(set(mode.run(body))) == 2


def test_refused_answers_do_not_use_up_connections(mode: Mode, server: LoopbackServer) -> None:
    """An answer that was given up leaves no connection behind: more of them than the pool has places."""
    http = mode.http()

    async def body() -> int:
        for _ in range(120):
            await mode.settle(lambda: http.send(HttpRequest(url=f"{server.url}/chunked/3000", max_response_bytes=10)))
        return (await http.send(HttpRequest(url=f"{server.url}/ok"))).status

    assert mode.run(body) == 200
