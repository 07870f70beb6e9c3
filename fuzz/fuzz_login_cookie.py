"""A sign-in is found by its own state in this application's own cookie, and nothing else is one.

The first byte chooses: a state and headers as they come, or the content of a cookie that is sealed as ours are.
"""

import itertools
import json
import math

from azuread_auth._web.cookies import CookieNames
from azuread_auth._web.pending_logins import PendingLogin, PendingLogins
from azuread_auth._web.sealing import Sealer
from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret

CANARY = "Zq7~Canary"  # what the seeds have for a secret
NOW = 1_800_000_000.0
MOST_COOKIES = 200  # more than any browser sends: later ones are not looked at
STATE = "state-of-the-request"
NAMES = CookieNames("0123456789ab", is_secure=True)
COUNTER = itertools.count()
SEALER = Sealer(
    [Secret(bytes(range(32)))],
    purpose="login",
    app=NAMES.app,
    random_bytes=lambda length: next(COUNTER).to_bytes(length, "big"),
)
LOGINS = PendingLogins(NAMES, SEALER, same_site="Lax")
LOGIN = PendingLogin(
    state=STATE,
    nonce="nonce",
    code_verifier="verifier",
    next="/orders?page=2",
    tenant="tenant",
    redirect_uri="https://app.example.com/.auth/callback",
    scopes=("openid",),
    started_at=NOW,
)


def one_input(data: bytes) -> None:
    if data.startswith(b"\0"):
        _sealed_content(data[1:])
        return
    state, *headers = data.split(b"\n")
    text = state.decode("utf-8", "surrogateescape")
    own = LOGINS.begin(LOGIN, [], NOW)[0].partition(";")[0].encode()
    assert LOGINS.find(text, headers, NOW) is None, "a forged sign-in was found"
    if sum(header.count(b";") + 1 for header in headers) < MOST_COOKIES:
        assert LOGINS.find(STATE, [*headers, own], NOW) == LOGIN, "planted cookies hide a sign-in"
    assert (LOGINS.find(text, [own], NOW) is None) == (text != STATE), "a sign-in was found by another state"
    _assert_bounded(LOGINS.begin(LOGIN, [*headers, own], NOW))
    _assert_bounded(LOGINS.end(text))


def _assert_bounded(set_cookies: list[str]) -> None:
    assert len(set_cookies) <= 11, "planted cookies make the answer grow"
    assert all(len(each) < 4_096 for each in set_cookies), "planted cookies make the answer grow"
    assert all(each.isascii() and each.isprintable() for each in set_cookies), "a header ends in the middle"
    assert CANARY not in "".join(set_cookies), "what a browser sent is set again"


def _sealed_content(content: bytes) -> None:
    """What another release has written is a sign-in of our form, the same when it is written again, or none."""
    try:
        members = json.loads(content)
        state = str(members[0][0])
        name = LOGINS.end(state)[0].partition("=")[0]
    except (ValueError, RecursionError, LookupError, TypeError):
        name, state = LOGINS.end(STATE)[0].partition("=")[0], STATE
    header = f"{name}={SEALER.seal(content, now=NOW)}".encode()
    found = LOGINS.find(state, [header], NOW)
    if found is None:
        return
    assert found.state == state, "a sign-in was found by another state"
    shown = repr(found)
    for public in (found.tenant, found.redirect_uri, found.scopes):
        shown = shown.replace(repr(public), "")
    assert CANARY not in shown, "a sign-in is shown"
    if not (math.isfinite(found.started_at) and math.isfinite(found.attempts_since)):
        return  # what is no number equals nothing
    try:
        kept = LOGINS.begin(found, [], NOW)[0].partition(";")[0].encode()
    except ConfigurationError:
        return  # too long for a cookie
    assert LOGINS.find(state, [kept], NOW) == found, "what was read is not what is written"
