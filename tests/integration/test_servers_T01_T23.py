"""Raw bytes put to real servers: broken headers arrive as broken as the network can make them."""

import json
import time

import pytest

ROWS = [
    pytest.param([], {"401c"}, id="T01 no credentials"),
    pytest.param([b"Authorization: Basic dXNlcjpwYXNz"], {"401c"}, id="T02 Basic"),
    pytest.param([b"Authorization: DPoP {good}"], {"401c"}, id="T02 DPoP"),
    pytest.param([b"Authorization: Negotiate YIIC"], {"401c"}, id="T02 Negotiate"),
    pytest.param([b"Authorization:"], {"400r"}, id="T03 empty"),
    pytest.param([b"Authorization: Bearer"], {"400r"}, id="T03 the scheme alone"),
    pytest.param([b"Authorization: Bearer a b"], {"400r"}, id="T03 two tokens"),
    pytest.param([b'Authorization: Bearer "{good}"'], {"400r"}, id="T03 quoted"),
    pytest.param([b"Authorization: Bearer,{good}"], {"400r"}, id="T03 comma"),
    pytest.param([b"authorization: bearer {good}"], {"OK"}, id="T04 lower case"),
    pytest.param([b"AUTHORIZATION: BEARER {good}"], {"OK"}, id="T04 upper case"),
    pytest.param([b"Authorization: Bearer  {good}"], {"OK"}, id="T05 two blanks"),
    pytest.param([b"Authorization: Bearer\t{good}"], {"400r"}, id="T05 tab"),
    pytest.param([b"Authorization: Bearer\xc2\xa0{good}"], {"400r"}, id="T05 no-break space"),
    pytest.param(
        [b"Authorization: Bearer {good}", b"Authorization: Bearer {bad}"], {"400r", "server's 400"}, id="T06 good, bad"
    ),
    pytest.param(
        [b"Authorization: Bearer {bad}", b"Authorization: Bearer {good}"], {"400r", "server's 400"}, id="T06 bad, good"
    ),
    pytest.param([b"Authorization: Bearer {good}\xff"], {"400r", "server's 400"}, id="T10 beyond ASCII"),
    pytest.param([b"Authorization: Bearer {good}\x00"], {"400r", "server's 400"}, id="T10 NUL"),
    pytest.param([b"Authorization: Bearer {good}\nX-Injected: 1"], {"400r", "OK", "server's 400"}, id="T10 bare LF"),
    pytest.param([b"Authorization: Bearer {good}\rX: 1"], {"400r", "server's 400"}, id="T10 bare CR"),
    # RFC 9112 5.2: a server may refuse a folded header or put a blank in the place of the fold.
    pytest.param([b"Authorization: Bearer\r\n {good}"], {"400r", "OK", "server's 400"}, id="T10 folded, good"),
    pytest.param([b"Authorization: Bearer {good}\r\n {bad}"], {"400r", "server's 400"}, id="T10 folded, two tokens"),
    pytest.param([b"Authorization: Bearer {huge}"], {"401t", "server's 400", "server's 431"}, id="T11 a megabyte"),
    pytest.param([b"Authorization : Bearer {good}"], {"401c", "server's 400"}, id="T10 a blank before the colon"),
    pytest.param([b"X_Authorization: Bearer {good}"], {"401c", "server's 400"}, id="T17 underscore"),
    pytest.param(
        [b"X-MS-TOKEN-AAD-ACCESS-TOKEN: {good}", b"X-MS-CLIENT-PRINCIPAL: e30="], {"401c"}, id="T17 Easy Auth"
    ),
    pytest.param([b"Remote-User: admin", b"REMOTE_USER: admin"], {"401c", "server's 400"}, id="T17 REMOTE_USER"),
    pytest.param([b"Proxy-Authorization: Bearer {good}"], {"401c"}, id="T17 Proxy-Authorization"),
    pytest.param([b"Cookie: access_token={good}"], {"401c"}, id="T17 cookie"),
]


@pytest.mark.parametrize(("lines", "codes"), ROWS)
def test_header_rows(server, tenant, lines, codes):
    """Each row gets one of its answers, with the right challenge; never an error of the server's or of ours."""
    texts = {
        b"{good}": tenant.mint_token().encode(),
        b"{bad}": tenant.mint_token(fault="expired").encode(),
        b"{huge}": b"A" * 1_048_576,
    }
    for name, text in texts.items():
        lines = [line.replace(name, text) for line in lines]

    answer = server.ask("/", *lines)

    assert answer.code in codes
    if answer.code == "OK":
        assert json.loads(answer.body)["caller"] is not None
    assert not any(text[-80:] in answer.body for text in texts.values())
    assert not any(text[-80:].decode() in server.log for text in texts.values())


def test_T07_T09_a_token_in_the_query_is_ignored(server, tenant):
    """Beside no header it is no credential, beside a header it changes nothing."""
    good, bad = tenant.mint_token(), tenant.mint_token(fault="expired")

    assert server.ask(f"/?access_token={good}").code == "401c"
    assert server.ask_with(bad, f"/?access_token={good}").code == "401t"
    assert server.ask_with(good, f"/?access_token={bad}").code == "OK"


def test_T13_HEAD_is_decided_as_GET_is(server, tenant):
    """The same status and challenge, and not a byte of a body."""
    for token in (None, tenant.mint_token(fault="expired"), tenant.mint_token()):
        lines = [] if token is None else [f"Authorization: Bearer {token}".encode()]
        got, headed = server.ask("/", *lines), server.ask("/", *lines, method="HEAD")

        assert headed.code == got.code
        assert headed.body == b""


PREFLIGHT = (b"Origin: https://spa.example", b"Access-Control-Request-Method: PUT")


def test_T14_only_a_preflight_passes(server, tenant):
    """A preflight reaches the application as nobody; a plain OPTIONS does not reach it."""
    preflight = server.ask("/", *PREFLIGHT, method="OPTIONS")

    assert (preflight.code, preflight.body) == ("OK", b"")
    assert server.ask("/", method="OPTIONS").code == "401c"
    assert server.ask("/", *PREFLIGHT).code == "401c"


@pytest.mark.parametrize(
    "target",
    [
        "/static/../admin",
        "/static/%2e%2e/admin",
        "/static/%2e%2e%2fadmin",
        "/static/..%5cadmin",
        "/static/%252e%252e/admin",
        "/static//admin",
        "/static/..;/admin",
        "/static",
        "//healthz",
        "/healthz/",
        "/healthz;x",
        "/healthz/../admin",
        "/HEALTHZ",
        "/healthz%00",
        "/healthz%20",
        "/%61dmin",
        "/admin?/healthz",
        "/admin%3f/healthz",
        "/admin%23/healthz",
        "/%ff%fe",
    ],
)
def test_T16_no_target_reaches_what_is_not_public(server, target):
    """A request target that only looks public needs credentials."""
    assert server.ask(target).code in ("401c", "server's 400", "server's 404")


@pytest.mark.parametrize("target", ["/admin#/healthz", "http://127.0.0.1/admin", "*", "/healthz#/../admin"])
def test_T16_odd_targets_are_taken_as_the_application_takes_them(server, target):
    """Servers differ about fragments and absolute forms: whatever is public was routed as public, too."""
    answer = server.ask(target)

    assert answer.code in ("401c", "OK", "server's 400", "server's 404", "server's 405")
    if answer.code == "OK":
        assert json.loads(answer.body)["path"] == "/healthz"


@pytest.mark.parametrize(
    "line",
    [
        b"X-Original-URL: /healthz",
        b"X-Rewrite-URL: /healthz",
        b"X-Forwarded-Uri: /healthz",
        b"X-Forwarded-Prefix: /admin",
        b"X-Script-Name: /admin",
        b"PATH_INFO: /healthz",
        b"User-Agent: ELB-HealthChecker/2.0",
    ],
)
def test_T16_no_header_makes_a_path_public(server, line):
    """What a client says about its path does not count."""
    assert server.ask("/admin", line).code in ("401c", "server's 400")


@pytest.mark.parametrize("path", ["/healthz", "/static/app.css", "/static/"])
def test_T16_public_paths_need_nothing(server, tenant, path):
    """Liveness and files are there for anybody, and nobody is anybody there."""
    for answer in (server.ask(path), server.ask_with("x.y.z", path), server.ask_with(tenant.mint_token(), path)):
        assert answer.code == "OK"
        assert json.loads(answer.body)["caller"] is None


def test_T16_optional_paths_take_either(server, tenant):
    """Nobody without a token, somebody with a good one, refused with a bad one."""
    assert json.loads(server.ask("/optional").body)["caller"] is None
    assert json.loads(server.ask_with(tenant.mint_token(), "/optional").body)["caller"] is not None
    assert server.ask_with("x.y.z", "/optional").code == "401t"


@pytest.mark.parametrize("kind", ["gunicorn-sync", "gunicorn-gthread"])
def test_T17_remote_user_is_the_caller_or_absent(server_of, tenant, kind):
    """WSGI applications that read `REMOTE_USER` get the token's identity, and nobody's where there is no token."""
    server = server_of(kind)
    forged = (b"Remote-User: admin", b"REMOTE_USER: admin")

    somebody = json.loads(server.ask_with(tenant.mint_token(), "/optional", *forged).body)
    nobody = json.loads(server.ask("/optional", *forged).body)

    assert somebody["remote_user"] == f"{somebody['caller']}.{tenant.tenant_id}"
    assert nobody["remote_user"] is None


def test_T23_a_refusal_does_not_wait_for_the_body(server):
    """A client that holds its body back until it may send it is refused at once."""
    lines = (b"Content-Length: 100000000", b"Expect: 100-continue")
    started_at = time.monotonic()

    answer = server.ask("/", *lines, method="POST")

    assert answer.code == "401c"
    assert time.monotonic() - started_at < 5
    # gunicorn says 100 before it asks the application.
    assert answer.interim == () or "gunicorn" in " ".join(server.process.args)


def test_T23_a_refusal_reads_no_upload(server):
    """A client that sends a body nobody wants is refused while it sends."""
    answer = server.send(
        b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n" + b"x" * 65536
    )

    assert answer.code == "401c"


def test_T21_a_person_is_shown_a_page(server):
    """With `Accept: text/html` the refusal is a page, under the same status and challenge."""
    answer = server.ask("/", b"Accept: text/html")

    assert answer.code == "401c"
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert answer.body.startswith(b"<!doctype html>")
