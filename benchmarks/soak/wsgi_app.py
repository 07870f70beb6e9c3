"""The application under load, in threads. Each answer names the worker that gave it."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

from azuread_auth import AccessToken, AzureAdClient, WebLogin
from azuread_auth.flask import AzureAdAuth, azuread_client, current_principal, user_token
from benchmarks.soak.worker_facts import READ, owner_of, worker_facts

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Answer = dict[str, Any]

app = Flask(__name__)
AzureAdAuth(app, client=AzureAdClient(), login=WebLogin.from_env(session_store="client"), public_paths=("/facts",))


@app.get("/caller")
@app.get("/page")
def caller() -> Answer:
    return {"caller": current_principal.object_id}


@app.get("/downstream")
def downstream() -> Answer:
    return _with_token(azuread_client.acquire_token_on_behalf_of(current_principal, READ))


@app.get("/orders")
def orders() -> Answer:
    return _with_token(user_token(READ))


def _with_token(token: AccessToken) -> Answer:
    return {"caller": current_principal.object_id, "token_of": owner_of(token)}


@app.get("/facts")
def facts() -> Answer:
    return worker_facts()


class NamedWorker:
    """Adds the process id to each answer, those of the middleware too."""

    def __init__(self, inner: "WSGIApplication") -> None:
        self._inner = inner

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def named(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:  # noqa: ANN401 - as WSGI has it
            return start_response(status, [*headers, ("X-Worker", str(os.getpid()))], *error)

        return self._inner(environ, named)


app.wsgi_app = NamedWorker(app.wsgi_app)  # type: ignore[method-assign]
