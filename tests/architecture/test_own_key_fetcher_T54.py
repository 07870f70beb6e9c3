"""Keys are fetched by our own code, over the HTTP port, and never by PyJWT's blocking client."""

import ast
from pathlib import Path

import azuread_auth

_SOURCES = sorted(Path(azuread_auth.__file__).parent.rglob("*.py"))
_FETCHERS = {"PyJWKClient", "urlopen", "urlretrieve"}


def test_T54_nothing_fetches_behind_the_port() -> None:
    """PyJWKClient would take file:// addresses, ask without bound, and block the event loop: it is not used."""
    found = {
        (path.name, name)
        for path in _SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        for name in [getattr(node, "id", None), getattr(node, "attr", None), getattr(node, "name", None)]
        if name in _FETCHERS
    }
    assert len(_SOURCES) > 50
    assert not found
