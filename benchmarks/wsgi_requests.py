"""Requests through a Flask application in this process: no server, no sockets."""

import io
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import jwt
from apps import DOCUMENT, headers_with
from flask import Flask, Response, abort, g, jsonify, request
from floors import verifying_and_reading
from measure import Series, interleave, median_ratio
from peers import Trust, pyjwt_claims
from table import Row, seconds_text, times
from tokens import Tokens

from azuread_auth.wsgi import AzureAdAuth

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["GROUP", "measure"]

GROUP = "wsgi"
View = Callable[[], Response]


def measure(tokens: Tokens, *, is_quick: bool) -> list[Row]:
    """The rows of repeat and new tokens against bare Flask."""
    count, rounds = (100, 15) if is_quick else (200, 60)
    repeat = tokens.distinct(1) * count
    bare, ours, pyjwt = _flask_app(), _protected(tokens), _flask_app(_pyjwt_decorator(tokens.trust))
    floor = _verifying(tokens.trust)
    found = interleave(
        {
            "bare": lambda: _round(bare, repeat),
            "repeat": lambda: _round(ours, repeat),
            "new": _new_round(tokens, count),
            "floor": lambda: _round(floor, tokens.distinct(count)),
            "PyJWT": lambda: _round(pyjwt, repeat[:40]),
        },
        rounds=rounds,
    )
    floor_ratio = times(median_ratio(found["floor"], found["bare"]))
    floor_name = "a middleware of only verify + strict base64 + JSON"
    return [_row(found, "repeat", 1.12, {}), _row(found, "new", 1.9, {floor_name: floor_ratio})]


def _row(found: dict[str, Series], kind: str, target: float, others: dict[str, str]) -> Row:
    return Row(
        group=GROUP,
        what=f"{kind} token, Flask in process",
        ours=seconds_text(found[kind].median),
        reference=f"bare Flask {seconds_text(found['bare'].median)}",
        ratio=median_ratio(found[kind], found["bare"]),
        direction="≤",
        target=target,
        others=others | {"PyJWT decorator": times(median_ratio(found["PyJWT"], found["bare"]))},
    )


def _flask_app(decorate: Callable[[View], View] = lambda view: view) -> Flask:
    app = Flask(__name__)

    @app.get("/reports/1")
    @decorate
    def report() -> Response:
        return jsonify(DOCUMENT)

    return app


def _protected(tokens: Tokens) -> Flask:
    app = _flask_app()
    app.wsgi_app = AzureAdAuth(app.wsgi_app, tokens.tenant.settings())  # type: ignore[method-assign]
    return app


def _verifying(trust: Trust) -> Flask:
    """What a new token costs at the least."""
    app = _flask_app()
    inner, verify = app.wsgi_app, verifying_and_reading(trust)

    def verified(environ: Any, start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - as WSGI has it
        verify(environ["HTTP_AUTHORIZATION"][7:].encode("latin-1"))
        return inner(environ, start_response)

    app.wsgi_app = verified  # type: ignore[method-assign]
    return app


def _new_round(tokens: Tokens, count: int) -> Callable[[], float]:
    first, *others = tokens.distinct(count + 1)

    def one_round() -> float:
        app = _protected(tokens)  # a fresh one has seen none of the tokens
        _round(app, [first])  # and fetches the keys with this one
        return _round(app, others)

    return one_round


def _pyjwt_decorator(trust: Trust) -> Callable[[View], View]:
    claims_of = pyjwt_claims(trust)

    def decorate(view: View) -> View:
        @wraps(view)
        def protected() -> Response:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            if scheme.lower() != "bearer":
                abort(401)
            try:
                g.claims = claims_of(token)
            except (jwt.PyJWTError, KeyError):
                abort(401)
            return view()

        return protected

    return decorate


def _environ(token: str) -> dict[str, Any]:
    """What gunicorn gives an application; each request has one of its own, since applications write into it."""
    headers = {f"HTTP_{name.decode().upper().replace('-', '_')}": value.decode() for name, value in headers_with(token)}
    return headers | {
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input": io.BytesIO(),
        "wsgi.input_terminated": True,
        "wsgi.url_scheme": "http",
        "SERVER_SOFTWARE": "gunicorn/27.0.1",
        "REQUEST_METHOD": "GET",
        "QUERY_STRING": "",
        "RAW_URI": "/reports/1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "54321",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "PATH_INFO": "/reports/1",
        "SCRIPT_NAME": "",
    }


def _round(app: "WSGIApplication", tokens: Sequence[str]) -> float:
    """Seconds per request of an application that answers one request for each of the tokens with 200."""
    environs = [_environ(token) for token in tokens]
    statuses: set[str] = set()

    def start_response(status: str, _headers: list[tuple[str, str]], _error: object = None) -> Callable[[bytes], None]:
        statuses.add(status)
        return lambda _data: None

    started_at = time.process_time()
    for environ in environs:
        body: Iterable[bytes] = app(environ, start_response)
        b"".join(body)
        close = getattr(body, "close", None)
        if close is not None:
            close()
    seconds = time.process_time() - started_at
    if statuses != {"200 OK"}:
        message = f"the application answered {sorted(statuses)}; expected 200 alone"
        raise RuntimeError(message)
    return seconds / len(environs)
