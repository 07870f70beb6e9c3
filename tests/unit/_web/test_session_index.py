"""What is read from a list of sessions in a store, whoever wrote it."""

import pytest

from azuread_auth._web.session_index import SessionIndex
from azuread_auth._web.session_store import SessionStore
from azuread_auth.stores.memory import MemoryStore
from tests.conftest import Mode
from tests.unit._web.session_browser import NAMES


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        pytest.param(b'[["a",1795000000.5],["b",1795000000]]', ["a", "b"], id="times with a fraction and without"),
        pytest.param(b"[]", [], id="none"),
        pytest.param(b'[["a",1' + b"0" * 400 + b'],["b",1]]', ["b"], id="an integer that no float holds"),
        pytest.param(b'[["a",1e999],["b",Infinity],["c",NaN],["d",2]]', ["d"], id="times that never come"),
        pytest.param(b'[["a",true],["b","2"],["c",null],["d",[2]],["e",2]]', ["e"], id="times that are none"),
        pytest.param(b'[[1,2],["a"],["a",2,3],"a",{"a":2},["e",2]]', ["e"], id="other shapes"),
        pytest.param(b'{"a":2}', [], id="an object"),
        pytest.param(b'[["a",2]', [], id="cut off"),
        pytest.param(b"[" * 100_000, [], id="without an end"),
        pytest.param(b"\xff", [], id="no text"),
    ],
)
def test_what_cannot_be_read_is_left_out(mode: Mode, listed: bytes, found: list[str]) -> None:
    """An entry that is none is no session, takes none of the others along, and goes when the list is written anew."""
    store = SessionStore(MemoryStore(), app=NAMES.app, runtime=mode.runtime)
    index = SessionIndex(store, lifetime_seconds=100)
    of_sign_in = index.of_sign_in("https://issuer", "sid")

    async def body() -> tuple[list[str], list[str]]:
        await store.put(of_sign_in.text, listed, ttl_seconds=100)
        before = await index.listed(of_sign_in)
        await index.add(of_sign_in, "new", now=0)
        return before, await index.listed(of_sign_in)

    assert mode.run(body) == (found, [*found, "new"])
