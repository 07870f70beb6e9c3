"""HTTP/2: what servers hand over of its header fields."""

import pytest

from azuread_auth.asgi import AzureAdAuth
from azuread_auth.simulation import SimulatedTenant


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param(["good"], 200, id="T12 one authorization field"),
        pytest.param(["good", "good"], 400, id="T12 two authorization fields, alike"),
        pytest.param(["good", "bad"], 400, id="T12 two authorization fields, good first"),
        pytest.param(["bad", "good"], 400, id="T12 two authorization fields, bad first"),
    ],
)
async def test_T12_fields_of_http2(fields: list[str], status: int) -> None:
    """Two authorization fields arrive as two and are refused; several cookie fields beside them do not matter."""
    tenant = SimulatedTenant()
    token = {"good": tenant.mint_token(), "bad": "bad"}
    sent: list[dict[str, object]] = []

    async def app(scope: dict[str, object], receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]

    async def receive() -> dict[str, object]:
        raise AssertionError

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    headers = [(b":authority", b"api.example"), (b"cookie", b"a=1"), (b"cookie", b"b=2")]
    headers += [(b"authorization", f"Bearer {token[name]}".encode()) for name in fields]
    scope = {"type": "http", "http_version": "2", "method": "GET", "path": "/", "headers": headers}
    middleware = AzureAdAuth(app, tenant.settings())  # type: ignore[arg-type]
    for _ in range(2):  # the second time the token is known
        sent.clear()
        await middleware(dict(scope), receive, send)  # type: ignore[arg-type]
        assert sent[0]["status"] == status
