"""Applications of each framework behind the middlewares, on real servers."""

import json

import pytest

APPLICATIONS = [
    pytest.param("uvicorn-h11", "starlette_app:app", "starlette", id="starlette"),
    pytest.param("uvicorn-h11", "fastapi_app:app", "fastapi", id="fastapi"),
    pytest.param("uvicorn-h11", "django_app:asgi", "django", id="django over ASGI"),
    pytest.param("uvicorn-h11", "litestar_app:app", "litestar", id="litestar"),
    pytest.param("uvicorn-h11", "quart_app:app", "quart", id="quart"),
    pytest.param("gunicorn-sync", "flask_app:app", "flask", id="flask"),
    pytest.param("gunicorn-sync", "django_app:wsgi", "django", id="django over WSGI"),
]


@pytest.mark.parametrize(("kind", "app", "framework"), APPLICATIONS)
def test_an_application_of_each_framework_is_protected(server_of, tenant, kind, app, framework):
    """Nobody, a bad token, a good one, one that lacks the scope and one that has it."""
    pytest.importorskip(framework)
    server = server_of(kind, app)
    good, scoped = tenant.mint_token(), tenant.mint_token(scopes=["Files.Read"])

    assert server.ask("/whoami").code == "401c"
    assert server.ask_with(tenant.mint_token(fault="expired"), "/whoami").code == "401t"
    for _ in range(2):
        whoami = server.ask_with(good, "/whoami")
        assert (whoami.code, set(json.loads(whoami.body))) == ("OK", {"caller"})
        assert server.ask_with(good, "/files").status == 403
        assert server.ask_with(scoped, "/files").code == "OK"
    assert server.ask("/nowhere").code == "401c"
    assert server.ask_with(good, "/nowhere").status == 404
