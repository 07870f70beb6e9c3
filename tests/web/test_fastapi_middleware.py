"""What the dependencies expect around them: the middleware, or a test in its place."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from azuread_auth import AzureAdAuth, Principal
from azuread_auth.asgi import RequestAuth
from azuread_auth.fastapi import azuread_client, require_role, require_scope, require_user


@pytest.mark.parametrize("dependency", [require_user, azuread_client], ids=repr)
def test_without_the_middleware_it_says_what_to_add(dependency):
    """An application that forgot the middleware fails, instead of letting everybody or nobody in."""
    app = FastAPI()

    @app.get("/")
    async def route(_: Annotated[object, Depends(dependency)]): ...

    with pytest.raises(RuntimeError, match=r"app\.add_middleware\(AzureAdAuth\)"):
        TestClient(app).get("/")


@pytest.mark.parametrize(("scope", "status"), [("Files.Read", 200), ("Files.Write", 403)])
def test_tests_may_put_a_caller_in_place_of_the_middleware(tenant, scope, status):
    """A Principal in `scope["user"]` is judged as one that the middleware has found."""
    principal = tenant.principal(scopes=["Files.Read"])
    app = FastAPI()

    @app.get("/")
    async def route(_: Annotated[Principal, Depends(require_scope(scope))]): ...

    async def with_caller(asgi_scope, receive, send):
        await app({**asgi_scope, "user": principal}, receive, send)

    answer = TestClient(with_caller).get("/")

    assert answer.status_code == status
    assert ('scope="Files.Write"' in answer.headers.get("www-authenticate", "")) == (status == 403)


def test_the_middleware_counts_more_than_what_is_put_beside_it(tenant):
    """Another middleware that fills `scope["user"]` cannot change whom the dependencies judge."""
    settings = tenant.settings()
    megan = tenant.principal(user="megan")
    app = FastAPI()

    class Impostor:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            assert isinstance(scope["azuread_auth"], RequestAuth)
            await self.app({**scope, "user": megan}, receive, send)

    app.add_middleware(Impostor)
    app.add_middleware(AzureAdAuth, settings=settings, allow_anonymous=True)

    @app.get("/")
    async def route(_: Annotated[Principal, Depends(require_role("Admin"))]): ...

    http = TestClient(app)
    assert [http.get("/").status_code, http.get("/", headers=tenant.headers()).status_code] == [401, 403]
