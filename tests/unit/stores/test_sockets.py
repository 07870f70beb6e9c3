"""One deadline for all waits on a socket."""

import socket
import threading
import time

import pytest

from azuread_auth.stores._redis.sockets import BoundedSocket, Deadline, _in_daemon_thread


def test_R18_nothing_is_left_after_the_deadline() -> None:
    """R18: what is left shrinks to nothing, which is an error and not "wait for ever"."""
    deadline = Deadline(time.monotonic() + 60)
    assert 0 < deadline.left() <= 60
    deadline.ends_at = time.monotonic()
    with pytest.raises(TimeoutError):
        deadline.left()


def test_R18_all_waits_share_the_deadline() -> None:
    """R18: reading, in both ways, and writing end by the same deadline; other methods are the socket's own."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        deadline = Deadline(time.monotonic() + 60)
        bounded = BoundedSocket(ours, deadline)
        bounded.sendall(b"abc")
        assert theirs.recv(10) == b"abc"
        theirs.sendall(b"defg")
        buffer = bytearray(2)
        assert bounded.recv_into(buffer) == 2
        assert buffer + bounded.recv(10) == b"defg"
        assert bounded.fileno() == ours.fileno()
        deadline.ends_at = time.monotonic() + 0.05
        with pytest.raises(TimeoutError):
            bounded.recv_into(buffer)
        with pytest.raises(TimeoutError):
            bounded.sendall(b"x")


def test_R18_slow_resolver_is_left_behind() -> None:
    """R18: a name that is looked up for longer than the operation may take ends the operation, not the look-up."""
    goes_on = threading.Event()
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        _in_daemon_thread(lambda: goes_on.wait(30), Deadline(begun + 0.05))
    assert time.monotonic() - begun < 5
    goes_on.set()
