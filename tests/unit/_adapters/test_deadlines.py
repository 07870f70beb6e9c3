"""One time limit for all waits of an exchange."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import httpcore2
import pytest

from azuread_auth._adapters.deadlines import DeadlineBackend, TimeLeft

HOLE = "127.0.0.2"

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="a full queue of connections drops packets on Linux")


@pytest.fixture
def dead_port() -> Iterator[int]:
    """A port of 127.0.0.2 where nobody answers and nobody refuses, as behind a firewall."""
    with ExitStack() as opened:
        listener = opened.enter_context(socket.socket())
        listener.bind((HOLE, 0))
        listener.listen(0)
        for _ in range(4):
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_time_left_shrinks() -> None:
    """The number is what was left when it was made; it knows what is left now, and is never zero."""
    left = TimeLeft.of(0.05)
    assert 0.04 < left <= 0.05
    assert not left.is_over()
    time.sleep(0.06)
    assert (left.is_over(), left.now()) == (True, 0.001)
    assert left > 0.04


@only_linux
def test_R27_dead_addresses_share_the_time(dead_port: int) -> None:
    """R27: a name with five dead addresses costs no more than one."""
    network = DeadlineBackend(resolve=lambda _host, _port: [HOLE] * 5)
    began = time.monotonic()
    with pytest.raises(httpcore2.ConnectTimeout):
        network.connect_tcp("login.example", dead_port, TimeLeft.of(0.5))
    assert 0.4 < time.monotonic() - began < 0.8


@only_linux
def test_R27_dead_address_leaves_time_for_the_next(dead_port: int) -> None:
    """R27: the second of two addresses is tried while there is time to ask it."""
    network = DeadlineBackend(resolve=lambda _host, _port: [HOLE, "127.0.0.1"])
    left = TimeLeft.of(2)
    with socket.create_server(("127.0.0.1", dead_port)) as listener:
        stream = network.connect_tcp("login.example", dead_port, left)
        with closing(stream), listener.accept()[0] as peer:
            stream.write(b"question", left)
            assert peer.recv(100) == b"question"
            peer.sendall(b"answer")
            assert stream.read(100, left) == b"answer"
    assert 0.5 < left.now() < 1.5


def test_name_without_addresses() -> None:
    """A resolver that finds nothing, and does not say so, is a failure to connect."""
    with pytest.raises(httpcore2.ConnectError, match="no address"):
        DeadlineBackend(resolve=lambda _host, _port: []).connect_tcp("login.example", 443, TimeLeft.of(1))


def test_R03_nothing_is_read_when_the_time_is_over() -> None:
    """R03: bytes that are there already do not keep an exchange going."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stream = DeadlineBackend().connect_tcp("127.0.0.1", listener.getsockname()[1])
        with closing(stream), listener.accept()[0] as peer:
            peer.sendall(b"answer")
            assert stream.read(1) == b"a"
            left = TimeLeft.of(0.02)
            assert stream.read(1, left) == b"n"
            time.sleep(0.03)
            with pytest.raises(httpcore2.ReadTimeout):
                stream.read(1, left)
