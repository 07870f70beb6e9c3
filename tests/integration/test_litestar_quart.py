"""Litestar and Quart answer exceptions of handlers themselves: on a real server, with real clients."""

import time

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

SERVER = "uvicorn-h11"
FRAMEWORKS = ["litestar", "quart"]


@pytest.fixture(params=FRAMEWORKS)
def framework(request):
    """One of them."""
    pytest.importorskip(request.param)
    return request.param


@pytest.fixture
def served(server_of, framework):
    """The server with its application."""
    return server_of(SERVER, f"{framework}_app:app")


@pytest.fixture
def http(served):
    """A client of it."""
    with httpx2.Client(base_url=f"http://127.0.0.1:{served.port}", trust_env=False) as client:
        yield client


@pytest.fixture
def dial(served, tenant):
    """Opens WebSockets with a token."""

    def opened(path, **wishes):
        url = f"ws://127.0.0.1:{served.port}{path}"
        return connect(url, additional_headers=tenant.headers(**wishes), sock=served.connect())  # through no proxy

    return opened


@pytest.mark.parametrize("path", ["/files", "/optional"])
def test_a_refusal_inside_is_the_middlewares_answer(http, tenant, path):
    """Status, challenge, problem document and headers against caches are those of a plain application."""
    answer = http.get(path, headers=tenant.headers(scopes=["Mail.Send"]))

    assert answer.status_code == answer.json()["status"] == 403
    assert answer.headers["www-authenticate"].startswith('Bearer error="insufficient_scope"')
    assert answer.headers["www-authenticate"].endswith('/Files.Read"')
    assert answer.headers.get_list("content-type") == ["application/problem+json"]
    assert answer.headers.get_list("content-length") == [str(len(answer.content))]
    assert answer.headers["cache-control"] == "no-store"
    assert http.get(path, headers=tenant.headers(scopes=["Files.Read"])).status_code == 200


def test_an_anonymous_caller_who_is_refused_inside_has_no_credentials(http):
    """On an optional path, what asks for a permission answers 401 with the plain challenge."""
    answer = http.get("/optional")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_what_asks_for_more_is_answered_too(http, tenant):
    """A claims challenge is one for clients that can answer it; a provider that cannot serve is a 503."""
    challenged = http.get("/fail/challenge", headers=tenant.headers(claims={"xms_cc": ["cp1"]}))
    assert challenged.status_code == 401
    assert 'error="insufficient_claims"' in challenged.headers["www-authenticate"]
    assert http.get("/fail/challenge", headers=tenant.headers()).status_code == 403

    throttled = http.get("/fail/throttled", headers=tenant.headers())
    assert (throttled.status_code, throttled.headers["retry-after"]) == (503, "7")


@pytest.mark.parametrize("kind", ["unexpected", "rejected"])
def test_other_errors_are_500_and_show_nothing(http, served, tenant, kind):
    """What the middleware leaves to the application is never a success, and no token is told to anybody."""
    answer = http.get(f"/fail/{kind}", headers=tenant.headers())

    assert answer.status_code == 500
    assert "www-authenticate" not in answer.headers
    assert [text for text in ("eyJ", "secret", "Traceback", "unexpected") if text in answer.text] == []
    assert "eyJ" not in served.log


@pytest.mark.parametrize("path", ["/nowhere", "/whoami/", "/fail/unexpected"])
def test_nothing_is_told_before_the_caller_is_judged(http, tenant, path):
    """Where no route is, there is a 401 too; a bad token gets no further than none."""
    assert http.get(path).status_code == 401
    assert http.get(path, headers=tenant.headers(fault="expired")).status_code == 401


def test_a_stream_goes_out_piece_by_piece(http, tenant):
    """Events arrive as they are made."""
    with http.stream("GET", "/events", headers=tenant.headers(scopes=["Files.Read"])) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        pieces = list(answer.iter_text())

    assert "".join(pieces) == "data: 0\n\ndata: 1\n\n"
    assert len(pieces) == 2


def test_a_stream_that_is_refused_in_the_middle_breaks_off(http, tenant):
    """Its status is out already: the client learns from the missing end that it is not complete."""
    received = []
    with (
        pytest.raises(httpx2.RemoteProtocolError),
        http.stream("GET", "/events", headers=tenant.headers(scopes=["Mail.Send"])) as answer,
    ):
        received.extend(answer.iter_text())

    assert received == ["data: 0\n\n"]


def test_work_goes_on_after_the_answer(http, tenant):
    """A task for later uses the middleware's client, which is open until the application has ended."""
    before = http.get("/healthz").json()["done"]
    assert http.get("/later", headers=tenant.headers()).json() == {"accepted": True}

    deadline = time.monotonic() + 10
    while len(done := http.get("/healthz").json()["done"]) == len(before):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert done[-1] == http.get("/whoami", headers=tenant.headers()).json()["caller"]


def test_the_lifespan_is_begun(http):
    """What the application does at its start goes through the middleware."""
    assert http.get("/healthz").json()["life"] == ["begun"]


def test_a_websocket_knows_who_calls(dial, http, tenant):
    """The handshake's token says who it is."""
    with dial("/ws") as opened:
        opened.send("hello")
        assert opened.recv() == f"{http.get('/whoami', headers=tenant.headers()).json()['caller']} hello"


def test_a_websocket_that_is_refused_inside_is_never_open(dial, framework):
    """Quart says the challenge; Litestar, whose handlers are not for WebSockets, leaves it to the server."""
    with dial("/ws/files", scopes=["Files.Read"]) as opened:
        assert opened.recv() == "files"
    with pytest.raises(InvalidStatus) as refused:
        dial("/ws/files", scopes=["Mail.Send"])

    response = refused.value.response
    assert response.status_code == 403
    challenge = response.headers.get("www-authenticate", "")
    assert ('error="insufficient_scope"' in challenge) == (framework == "quart")


def test_a_websocket_that_is_refused_late_is_closed(dial):
    """After accepting nothing more comes than its end, which does not say why."""
    with dial("/ws/late", scopes=["Mail.Send"]) as opened, pytest.raises(ConnectionClosed) as closed:
        opened.recv()

    assert "Files.Read" not in str(closed.value)


def test_a_websocket_without_a_good_token_is_not_accepted(dial):
    """The middleware answers before the framework is asked."""
    with pytest.raises(InvalidStatus) as refused:
        dial("/ws", fault="expired")

    assert refused.value.response.status_code == 401
