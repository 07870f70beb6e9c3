"""WebSockets on real servers: the handshake is decided before it is accepted."""

import base64
import os
import time
from importlib.util import find_spec

import pytest

LIBRARIES = ("websockets", "wsproto")


def speaks_websocket(kind):
    """Uvicorn needs one of two libraries; gunicorn's own ASGI worker needs none."""
    return kind == "gunicorn-asgi" or (kind.startswith("uvicorn") and any(map(find_spec, LIBRARIES)))


@pytest.fixture
def websocket_servers(server_of, installed_kinds):
    """The servers here that speak WebSocket."""
    servers = [server_of(kind) for kind in installed_kinds if speaks_websocket(kind)]
    if not servers:
        pytest.skip("needs websockets or wsproto for uvicorn, or gunicorn's asgi worker; none is installed")
    return servers


def handshake(server, *lines, path="/ws"):
    """An open connection after the handshake, and what the server answered to it."""
    key = base64.b64encode(os.urandom(16))
    head = [
        f"GET {path} HTTP/1.1".encode(),
        b"Host: 127.0.0.1",
        b"Connection: Upgrade",
        b"Upgrade: websocket",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: " + key,
        *lines,
    ]
    connection = server.connect(timeout=10)
    connection.sendall(b"\r\n".join(head) + b"\r\n\r\n")
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(4096)
    return connection, received


def masked(opcode, payload):
    """A frame of a client (RFC 6455 5.2), shorter than 126 bytes."""
    mask = os.urandom(4)
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


def text_frame(connection):
    """The text of the next frame."""
    head = connection.recv(2)
    assert head[0] == 0x81
    return connection.recv(head[1]).decode()


def echo_of(connection, text):
    """What the application says to a text."""
    connection.sendall(masked(1, text))
    caller, _, echoed = text_frame(connection).partition(" ")
    assert len(caller) == 36
    return echoed.encode()


def test_T15_R26_a_good_token_opens_a_websocket_that_outlives_it(websocket_servers, tenant):
    """The token of the handshake is judged; the conversation is not cut when it expires."""
    for server in websocket_servers:
        assert server.ask("/healthz").code == "OK"
    # It has expired within the tolerance of 60 s, which ends while they talk.
    token = tenant.mint_token(expires_in=-58)
    opened = [handshake(server, f"Authorization: Bearer {token}".encode()) for server in websocket_servers]

    assert [received[:13] for _, received in opened] == [b"HTTP/1.1 101 "] * len(websocket_servers)
    assert [echo_of(connection, b"first") for connection, _ in opened] == [b"first"] * len(opened)
    time.sleep(2.5)
    assert [server.ask_with(token).code for server in websocket_servers] == ["401t"] * len(opened)
    assert [echo_of(connection, b"second") for connection, _ in opened] == [b"second"] * len(opened)
    for connection, _ in opened:
        connection.sendall(masked(8, b"\x03\xe8"))
        connection.close()


@pytest.mark.parametrize("credentials", ["none", "bad", "query"])
def test_T15_without_a_good_token_nothing_is_accepted(websocket_servers, tenant, credentials):
    """401 with its challenge where the server can say it, else 403; a token in the query is none."""
    lines = [b"Authorization: Bearer x.y.z"] if credentials == "bad" else []
    path = f"/ws?access_token={tenant.mint_token()}" if credentials == "query" else "/ws"

    for server in websocket_servers:
        connection, received = handshake(server, *lines, path=path)
        connection.close()
        status = int(received.split(b" ")[1])
        assert status in (401, 403)
        assert status == 403 or b"\r\nwww-authenticate: bearer" in received.lower()
