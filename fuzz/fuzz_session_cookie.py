"""Cookie headers of any bytes sign nobody in but whom this application's own cookie names.

The first byte chooses: headers as they come, or the content of a cookie that is sealed as ours are, which another
release or another application may have written.
"""

import itertools
import json
import math

from azuread_auth._web.cookies import CookieNames, cookie_values, cookies_with_prefix
from azuread_auth._web.ended_sessions import EndedSessions
from azuread_auth._web.sealing import Sealer
from azuread_auth._web.session_cookies import SessionCookies
from azuread_auth._web.session_record import SessionRules, principal_in, record_bytes, record_in
from azuread_auth._web.sign_in_count import SignInCount
from azuread_auth.secret import Secret

CANARY = "Zq7~Canary"  # what the seeds have for a secret
NOW = 1_800_000_000.0
NAMES = CookieNames("0123456789ab", is_secure=True)
RULES = SessionRules(idle_seconds=3600, lifetime_seconds=28_800)
COUNTER = itertools.count()


def _nonce(length: int) -> bytes:
    return next(COUNTER).to_bytes(length, "big")


def _sealer(purpose: str, key: bytes = bytes(range(32))) -> Sealer:
    return Sealer([Secret(key)], purpose=purpose, app=NAMES.app, random_bytes=_nonce)


SEALER = _sealer("session")
STRANGERS = (_sealer("session", bytes(32)), _sealer("pending"))
COOKIES = SessionCookies(NAMES)
ENDED = EndedSessions(NAMES, _sealer("ended"), lifetime_seconds=28_800)
COUNT = SignInCount(NAMES, _sealer("recent"))


def one_input(data: bytes) -> None:
    kind, rest = data[:1], data[1:]
    if kind == b"\0":
        _sealed_content(rest)
    elif kind == b"\1":
        _sealed_elsewhere(rest)
    else:
        _headers(data.split(b"\n"))


def _headers(headers: list[bytes]) -> None:
    """Nobody has our keys: nothing opens, and what is taken from the headers is in them."""
    texts = list(COOKIES.texts(headers))
    assert len(texts) <= 8, "planted cookies cost too much"
    for text in texts:
        assert SEALER.open(text, now=NOW, max_age_seconds=RULES.lifetime_seconds) is None, "a forged session was opened"
    assert COUNT.recent(headers, now=NOW) == (0, NOW), "a forged count was believed"
    assert not ENDED.has(bytes(16), headers, now=NOW), "a forged end was believed"
    for name in {NAMES.name("session"), *cookies_with_prefix(headers, NAMES.name("session"))}:
        for value in cookie_values(headers, name):
            assert value.encode("latin-1") in b"\n".join(headers), "a cookie came from nowhere"
    set_cookies = [*COOKIES.cleared(headers), *COOKIES.written("text", headers), *ENDED.noted({}, headers, now=NOW)]
    assert all(each.isascii() and each.isprintable() for each in set_cookies), "a header ends in the middle"
    assert CANARY not in "".join(set_cookies), "what a browser sent is set again"


def _sealed_content(content: bytes) -> None:
    """Whatever is inside has the form of a session, and is the same when it is written again, or is none."""
    opened = SEALER.open(SEALER.seal(content, now=NOW), now=NOW + 1, max_age_seconds=RULES.lifetime_seconds)
    assert opened == content, "what was sealed is not what is opened"
    record = record_in(content)
    if record is None:
        return
    assert record_in(record_bytes(record)) == record, "what was read is not what is written"
    shown = repr(record)
    for public in (record.tenant_id, record.object_id, record.version):
        shown = shown.replace(repr(public), "")
    assert CANARY not in shown, "a session is shown"
    if RULES.is_current(record, NOW):
        assert NOW - RULES.lifetime_seconds < record.started_at <= NOW + 60, "a session lasts too long"
        assert RULES.ends_at(record) <= NOW + RULES.idle_seconds + 60, "a session lasts too long"
        principal = principal_in(record, RULES)
        assert principal.object_id == record.object_id, "somebody else was signed in"
        assert principal.claims == json.loads(json.dumps(record.claims)), "other claims were read"


def _sealed_elsewhere(content: bytes) -> None:
    for stranger in STRANGERS:
        text = stranger.seal(content, now=NOW)
        assert SEALER.open(text, now=NOW, max_age_seconds=math.inf) is None, "what another sealed was opened"
    text = SEALER.seal(content, now=NOW)
    at = len(content) % len(text)
    changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
    assert SEALER.open(changed, now=NOW, max_age_seconds=math.inf) is None, "a changed session was opened"
