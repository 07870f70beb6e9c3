"""A claims challenge from a dependency, wherever the application that has the route sits."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from azuread_auth import AuthContext, AzureAdAuth, Principal
from azuread_auth.fastapi import require
from azuread_auth.simulation import SimulatedTenant


def _routes(app: FastAPI) -> FastAPI:
    @app.get("/step")
    async def step(user: Annotated[Principal, Depends(require(AuthContext("c1")))]) -> str:
        return user.kind

    return app


@pytest.mark.parametrize("path", ["/step", "/sub/step"])
@pytest.mark.parametrize(
    ("claims", "status", "error"),
    [
        pytest.param({"xms_cc": ["cp1"]}, 401, 'error="insufficient_claims"', id="T71 a client that can"),
        pytest.param({}, 403, 'error="insufficient_scope"', id="T71 a client that cannot"),
        pytest.param({"acrs": ["c1"]}, 200, None, id="T71 a token that has it"),
    ],
)
def test_T71_step_up_in_mounted_applications(path: str, claims: dict[str, object], status: int, error: str) -> None:
    """The application that has the route answers with the challenge, mounted in another or not."""
    tenant = SimulatedTenant()
    app = _routes(FastAPI())
    app.mount("/sub", _routes(FastAPI()))
    app.add_middleware(AzureAdAuth, settings=tenant.settings())
    answer = TestClient(app).get(path, headers=tenant.headers(claims=claims))
    assert answer.status_code == status
    if error is None:
        assert answer.json() == "user"
    else:
        assert error in answer.headers["www-authenticate"]
        assert ("claims=" in answer.headers["www-authenticate"]) is (status == 401)
