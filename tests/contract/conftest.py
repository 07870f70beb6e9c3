"""What the contract suites share: an HTTP server that behaves in every way a broken network may, and slow work."""

import gzip
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from socket import SHUT_RDWR, create_server, socket
from ssl import PROTOCOL_TLS_SERVER, SSLContext, TLSVersion
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.conftest import Mode


class Handler(BaseHTTPRequestHandler):
    """One path per behaviour; `server` counts the requests."""

    protocol_version = "HTTP/1.1"
    server: "LoopbackServer"  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        self.server.hits[self.path] += 1
        self.server.headers_seen.append(dict(self.headers.items()))
        name, _, argument = self.path.split("?")[0].strip("/").partition("/")
        getattr(self, f"serve_{name}", self.serve_missing)(argument)

    def do_POST(self) -> None:
        self.server.bodies_seen.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.do_GET()

    def do_CONNECT(self) -> None:
        self.server.hits[f"CONNECT {self.path}"] += 1
        self.answer(407, b"", {"Proxy-Authenticate": "Basic"})

    def serve_ok(self, argument: str) -> None:
        self.answer(200, b"hello", {"X-Mixed-Case": "Kept"})

    def serve_port(self, argument: str) -> None:
        self.answer(200, str(self.client_address[1]).encode())

    def serve_status(self, argument: str) -> None:
        self.answer(int(argument), b"as told", {"Retry-After": "7"})

    def serve_cookie(self, argument: str) -> None:
        self.answer(200, b"", {"Set-Cookie": "provider=1; Path=/"})

    def serve_redirect(self, argument: str) -> None:
        self.answer(307, b"", {"Location": "/target"})

    def serve_bytes(self, argument: str) -> None:
        self.answer(200, b"x" * int(argument))

    def serve_chunked(self, argument: str) -> None:
        self.start({"Transfer-Encoding": "chunked"})
        for _ in range(int(argument) // 1000):
            self.wfile.write(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def serve_gzip(self, argument: str) -> None:
        self.answer(200, gzip.compress(b"\0" * int(argument)), {"Content-Encoding": "gzip"})

    def serve_silence(self, argument: str) -> None:
        self.server.is_closing.wait(10)
        self.close_connection = True

    def serve_drip(self, argument: str) -> None:
        self.start({"Content-Length": "1000"})
        self.drip(b"x")

    def serve_drip_of_header(self, argument: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        self.drip(b"x")

    def serve_drip_of_chunk_extension(self, argument: str) -> None:
        self.start({"Transfer-Encoding": "chunked"})
        self.wfile.write(b"5;")
        self.drip(b"x")

    def serve_drip_of_trailer(self, argument: str) -> None:
        self.start({"Transfer-Encoding": "chunked"})
        self.wfile.write(b"0\r\nX: ")
        self.drip(b"x")

    def serve_early_hints(self, argument: str) -> None:
        self.drip(b"HTTP/1.1 103 Early Hints\r\n\r\n")

    def serve_flood_of_early_hints(self, argument: str) -> None:
        self.drip(b"HTTP/1.1 103 Early Hints\r\n\r\n", pause_seconds=0)

    def serve_truncated(self, argument: str) -> None:
        self.start({"Content-Length": "1000"})
        self.wfile.write(b"x")
        self.close_connection = True

    def serve_garbage(self, argument: str) -> None:
        self.wfile.write(b"secret-of-the-server is not HTTP\r\n\r\n")
        self.close_connection = True

    def serve_missing(self, argument: str) -> None:
        self.answer(404, b"")

    def drip(self, part: bytes, *, pause_seconds: float = 0.05) -> None:
        while not self.server.is_closing.wait(pause_seconds):
            self.wfile.write(part)
        self.close_connection = True

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.start({"Content-Length": str(len(body)), **(headers or {})}, status)
        self.wfile.write(body)

    def start(self, headers: dict[str, str], status: int = 200) -> None:
        self.send_response(status)
        for header in headers.items():
            self.send_header(*header)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        pass


class LoopbackServer(ThreadingHTTPServer):
    """A server on a free port; `hits` counts requests by path."""

    daemon_threads = False  # server_close waits for them: nothing of one test reaches into the next

    def __init__(self, tls: SSLContext | None = None) -> None:
        self.hits: Counter[str] = Counter()
        self.headers_seen: list[dict[str, str]] = []
        self.bodies_seen: list[bytes] = []
        self.is_closing = threading.Event()
        self._connections: set[socket] = set()
        super().__init__(("127.0.0.1", 0), Handler)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up early is part of the tests."""

    def close(self) -> None:
        self.is_closing.set()
        self.shutdown()
        for connection in list(self._connections):
            with suppress(OSError):  # the client has hung up already
                connection.shutdown(SHUT_RDWR)
        self.server_close()
        self._thread.join()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate authority's file and a server that has a certificate of it."""

    ca_file: Path
    server_file: Path

    @property
    def tls(self) -> SSLContext:
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server_file)
        return context

    def tls_with(self, *, maximum: TLSVersion) -> SSLContext:
        """Also where the library would rather not speak so old a version."""
        context = self.tls
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = TLSVersion.TLSv1
        context.maximum_version = maximum
        return context


def make_certificate(folder: Path, *names: str) -> Certificate:
    """A server certificate for the names, and the self-signed authority that issued it."""
    now = datetime.now(UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])

    def build(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder(issuer_name=authority_name, subject_name=subject)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        return builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))

    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    authority = build(authority_name, keys[0]).add_extension(x509.BasicConstraints(True, None), True)
    authority = authority.add_extension(usage, True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(keys[0].public_key())
    authority = authority.add_extension(identifier, False)
    alternatives = [x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names]
    leaf = build(x509.Name([]), keys[1]).add_extension(x509.SubjectAlternativeName(alternatives), True)
    leaf = leaf.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False)

    folder.mkdir()
    ca_file, chain_file = folder / "ca.pem", folder / "server.pem"
    ca_file.write_bytes(authority.sign(keys[0], hashes.SHA256()).public_bytes(Encoding.PEM))
    key_bytes = keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain_file.write_bytes(key_bytes + leaf.sign(keys[0], hashes.SHA256()).public_bytes(Encoding.PEM))
    return Certificate(ca_file=ca_file, server_file=chain_file)


class Work:
    """Counts its runs; ends as told after a while."""

    def __init__(self, mode: Mode, error: BaseException | None = None) -> None:
        self._mode = mode
        self._error = error
        self.runs = 0

    async def __call__(self) -> str:
        self.runs += 1
        await self._mode.wait_for_all(0.1)
        if self._error is not None:
            raise self._error
        return "done"


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A server without TLS."""
    running = LoopbackServer()
    yield running
    running.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for 127.0.0.1 and localhost."""
    return make_certificate(tmp_path_factory.mktemp("tls") / "good", "127.0.0.1", "localhost")


@pytest.fixture(scope="session")
def certificate_of_another(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for another host."""
    return make_certificate(tmp_path_factory.mktemp("tls") / "other", "login.example")


@pytest.fixture
def tls_server(certificate: Certificate) -> Iterator[LoopbackServer]:
    """A server whose certificate is good for whoever trusts its authority."""
    running = LoopbackServer(certificate.tls)
    yield running
    running.close()


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens."""
    with create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
