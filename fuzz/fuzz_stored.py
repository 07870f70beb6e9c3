"""What a store gives back, which others may have written, is an entry of ours, or as if it were absent.

The first byte chooses the kind of entry.
"""

import math

from azuread_auth._protocol.token_record import refresh_token_bytes, refresh_token_in, token_bytes, token_in
from azuread_auth._web.session_index import _parsed
from azuread_auth.secret import Secret
from azuread_auth.stores._sealing import SealingKey, Unreadable

CANARY = "Zq7~Canary"  # what the seeds have for a secret
NOW = 1_800_000_000.0
KEY = SealingKey(Secret(bytes(range(32))))


def one_input(data: bytes) -> None:
    kind, entry = data[:1], data[1:]
    if kind == b"\0":
        _token(entry)
    elif kind == b"\1":
        _refresh_token(entry)
    elif kind == b"\2":
        _list_of_sessions(entry)
    else:
        _sealed(data)


def _token(entry: bytes) -> None:
    token = token_in(entry)
    if token is None:
        return
    text = token.access_token.reveal()
    assert text.isascii(), "a token was accepted that no header can carry"
    assert text.isprintable(), "a token was accepted that would end the header"
    assert math.isfinite(token.expires_at), "a token was accepted that never ends"
    assert math.isfinite(token.refresh_at), "a token was accepted that is never refreshed"
    assert CANARY not in repr(token).replace(repr(token.scopes), ""), "a token is shown"
    assert token_in(token_bytes(token)) == token, "what was read is not what is written"


def _refresh_token(entry: bytes) -> None:
    token = refresh_token_in(entry)
    if token is None:
        return
    assert token.reveal().isprintable(), "a token was accepted that is none"
    assert refresh_token_in(refresh_token_bytes(token)) == token, "what was read is not what is written"


def _list_of_sessions(entry: bytes) -> None:
    sessions = _parsed(entry)
    assert all(math.isfinite(ends_at) for ends_at in sessions.values()), "a session was listed that never ends"


def _sealed(entry: bytes) -> None:
    """Nobody else has the key: nothing opens, and what we sealed opens only as a whole and in its place."""
    try:
        opened = KEY.open("name", entry, now=NOW)
    except Unreadable as error:
        _assert_quiet(error)
        opened = None
    assert opened is None, "a forged entry was opened"
    sealed = KEY.seal("name", entry, expires_at=NOW + 1)
    assert KEY.open("name", sealed, now=NOW) == entry, "what was sealed is not what is opened"
    at = len(entry) % len(sealed)
    changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
    for name, broken in (("name", changed), ("name", sealed[:at]), ("another", sealed)):
        try:
            KEY.open(name, broken, now=NOW)
        except Unreadable:
            continue
        message = "a changed entry was opened"
        raise AssertionError(message)


def _assert_quiet(error: Exception) -> None:
    assert CANARY not in f"{error} {error!r}", "a refusal tells what is in the entry"
