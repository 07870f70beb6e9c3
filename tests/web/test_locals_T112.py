"""What tools that report errors find in the frames of the middleware."""

from types import TracebackType
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from azuread_auth import asgi, wsgi
from azuread_auth.simulation import SimulatedTenant


def _locals_with(token: str, traceback: TracebackType | None) -> list[str]:
    """The local variables, but for the request as the server gave it, whose repr shows the token."""
    found = []
    while traceback is not None:
        frame = traceback.tb_frame
        if "azuread_auth" in frame.f_code.co_filename:
            given = {"scope", "environ"}
            found += [name for name, value in frame.f_locals.items() if name not in given and token in repr(value)]
        traceback = traceback.tb_next
    return found


@pytest.mark.parametrize("times", [1, 2], ids=["new token", "known token"])
async def test_T112_no_token_in_the_locals_of_asgi(times: int) -> None:
    """An error of the application finds no token in our frames."""
    tenant = SimulatedTenant()
    token = tenant.mint_token()

    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        raise LookupError

    middleware = asgi.AzureAdAuth(app, tenant.settings())
    for _ in range(times):
        headers = [(b"authorization", f"Bearer {token}".encode())]
        with pytest.raises(LookupError) as raised:
            await middleware({"type": "http", "method": "GET", "path": "/", "headers": headers}, app, app)
        assert _locals_with(token, raised.value.__traceback__) == []


def test_T112_no_token_in_the_locals_of_wsgi() -> None:
    """An error of the application finds no token in our frames."""
    tenant = SimulatedTenant()
    token = tenant.mint_token()

    def app(_environ: Any, _start_response: Any) -> Any:
        raise LookupError

    middleware = wsgi.AzureAdAuth(app, tenant.settings())
    environ: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    setup_testing_defaults(environ)
    for _ in range(2):
        with pytest.raises(LookupError) as raised:
            middleware(environ, lambda *_: None)
        assert _locals_with(token, raised.value.__traceback__) == []
