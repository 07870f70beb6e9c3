"""Encryption around a store: keys that change, entries that do not open, and what is left to be seen."""

import base64
import logging
import pickle
from typing import Any

import pytest

from azuread_auth._adapters.blocking_runtime import run_blocking
from azuread_auth.errors import ConfigurationError, StoreUnavailable
from azuread_auth.ports import Event, Lease
from azuread_auth.secret import Secret
from azuread_auth.stores.encrypted import EncryptedStore
from azuread_auth.stores.memory import MemoryStore

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32


class RecordingStore(MemoryStore):
    """Shows what is in it, and counts how it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = 0

    @property
    def content(self) -> dict[str, bytes]:
        return {name: entry.value for name, entry in self._entries().cache.items()}

    async def aclose(self) -> None:
        self.closed += 1


class Observer:
    """Keeps the events."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def record(self, event: Event) -> None:
        self.events.append(event)


def put(store: EncryptedStore, key: str, value: bytes, *, ttl_seconds: float = 60) -> None:
    """Put, without an event loop."""
    run_blocking(store.put(key, value, ttl_seconds=ttl_seconds))


def get(store: EncryptedStore, key: str) -> bytes | None:
    """Get, without an event loop."""
    return run_blocking(store.get(key))


@pytest.fixture
def inner() -> RecordingStore:
    """What is encrypted."""
    return RecordingStore()


@pytest.fixture
def observer() -> Observer:
    """Who is told of entries that do not open."""
    return Observer()


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(NEW, id="bytes"),
        pytest.param(Secret(NEW), id="secret"),
        pytest.param(base64.b64encode(NEW).decode(), id="base64"),
        pytest.param(base64.urlsafe_b64encode(NEW).decode().rstrip("="), id="base64url without padding"),
    ],
)
def test_key_may_be_given_in_any_form(inner: RecordingStore, key: Any) -> None:
    """What one form has sealed the others open."""
    put(EncryptedStore(inner, [key]), "key", b"value")
    assert get(EncryptedStore(inner, keys=[NEW]), "key") == b"value"


@pytest.mark.parametrize(
    ("keys", "match"),
    [
        pytest.param([], "^keys is empty; expected at least one key", id="none"),
        pytest.param([b"short"], "^keys has an item that is not a key", id="too short"),
        pytest.param([NEW, b"secret" * 6], "^keys has an item that is not a key", id="too long"),
        pytest.param(NEW, "^keys is not a collection", id="not a list"),
    ],
)
def test_wrong_keys_are_refused(inner: RecordingStore, keys: Any, match: str) -> None:
    """There is no store without encryption, and no word about what was given."""
    with pytest.raises(ConfigurationError, match=match) as raised:
        EncryptedStore(inner, keys)
    assert "secret" not in str(raised.value)


def test_T111_nothing_is_readable(inner: RecordingStore) -> None:
    """T111: neither the key nor the value is in the store, and the repr of a store shows neither keys nor entries."""
    store = EncryptedStore(inner, [OLD, NEW])
    put(store, "object-id", b"refresh-token")
    ((name, value),) = inner.content.items()
    assert "object-id" not in name
    assert b"refresh-token" not in value
    assert b"object-id" not in value
    assert all(text not in repr(store) for text in ("object-id", "refresh-token", "nnnn", "oooo"))


def test_keys_change_without_loss(inner: RecordingStore) -> None:
    """What the old key has sealed opens while it is given; what is put from then on needs the new one alone."""
    put(EncryptedStore(inner, [OLD]), "a", b"1")
    put(EncryptedStore(inner, [OLD]), "b", b"2")
    both = EncryptedStore(inner, [OLD, NEW])
    assert get(both, "a") == b"1"
    put(both, "a", b"3")
    only_new = EncryptedStore(inner, [NEW])
    assert (get(both, "a"), get(only_new, "a"), get(only_new, "b")) == (b"3", b"3", None)


def test_older_entry_does_not_outlive_a_newer_one(inner: RecordingStore) -> None:
    """Putting removes what older keys have named; deleting removes all."""
    put(EncryptedStore(inner, [OLD]), "a", b"1")
    both = EncryptedStore(inner, [OLD, NEW])
    put(both, "a", b"2")
    assert len(inner.content) == 1
    put(EncryptedStore(inner, [OLD]), "a", b"1")
    assert get(both, "a") == b"2"
    run_blocking(both.delete("a"))
    assert inner.content == {}


def test_key_given_twice_counts_once(inner: RecordingStore) -> None:
    """A key that stands in the list twice does not delete what it has just sealed."""
    store = EncryptedStore(inner, [NEW, OLD, NEW])
    put(store, "a", b"1")
    assert get(store, "a") == get(EncryptedStore(inner, [NEW]), "a") == b"1"


def _swapped(content: dict[str, bytes], name: str, other: str) -> bytes:
    return content[other]


def _cut(content: dict[str, bytes], name: str, other: str) -> bytes:
    return content[name][:-1]


def _changed(content: dict[str, bytes], name: str, other: str) -> bytes:
    return content[name][:-1] + bytes([content[name][-1] ^ 1])


def _of_another_key(content: dict[str, bytes], name: str, other: str) -> bytes:
    strange = RecordingStore()
    put(EncryptedStore(strange, [OTHER]), "a", b"1")
    return next(iter(strange.content.values()))


class Bomb:
    """Tells when it is unpickled."""

    went_off = False

    def __reduce__(self) -> tuple[Any, ...]:
        return setattr, (Bomb, "went_off", True)


def _pickled(content: dict[str, bytes], name: str, other: str) -> bytes:
    return pickle.dumps(Bomb())


@pytest.mark.parametrize(
    ("poison", "reason"),
    [
        pytest.param(_swapped, "changed", id="swapped with another entry"),
        pytest.param(_cut, "changed", id="truncated"),
        pytest.param(_changed, "changed", id="one bit changed"),
        pytest.param(_of_another_key, "other_key", id="of another application"),
        pytest.param(_pickled, "changed", id="a pickle"),
        pytest.param(lambda *_: b"", "changed", id="empty"),
    ],
)
def test_T111_poisoned_entry_is_absent_and_told(
    inner: RecordingStore, observer: Observer, poison: Any, reason: str
) -> None:
    """T111: what somebody with access to the store has put there is a miss, never loaded, and an event."""
    store = EncryptedStore(inner, [NEW], observer=observer)
    put(store, "a", b"token-a")
    name = next(iter(inner.content))
    put(store, "b", b"token-b")
    other = next(each for each in inner.content if each != name)
    run_blocking(inner.put(name, poison(inner.content, name, other), ttl_seconds=60))
    assert get(store, "a") is None
    assert get(store, "b") == b"token-b"
    assert not Bomb.went_off
    assert [(event.name, event.level, event.fields) for event in observer.events] == [
        ("store.unreadable", logging.WARNING, {"reason": reason})
    ]
    assert "token" not in observer.events[0].message.replace("the token store", "")
    assert name not in observer.events[0].message


def test_T111_pickle_would_go_off() -> None:
    """The pickle of the test above does what it is to prove the absence of."""
    try:
        pickle.loads(pickle.dumps(Bomb()))
        assert Bomb.went_off
    finally:
        Bomb.went_off = False


def test_T111_old_copy_is_absent(inner: RecordingStore, observer: Observer) -> None:
    """T111: a copy that is put back after its end does not count, whatever life time it is given there."""
    time = [1000.0]
    store = EncryptedStore(inner, [NEW], observer=observer, now=lambda: time[0])
    put(store, "a", b"value", ttl_seconds=60)
    ((name, copy),) = inner.content.items()
    time[0] += 59
    assert get(store, "a") == b"value"
    time[0] += 100
    run_blocking(inner.put(name, copy, ttl_seconds=3600))
    assert get(store, "a") is None
    assert [event.fields for event in observer.events] == [{"reason": "expired"}]


def test_T111_poisoned_entry_without_observer(inner: RecordingStore) -> None:
    """T111: where nobody is to be told, a bad entry is absent all the same."""
    store = EncryptedStore(inner, [NEW])
    put(store, "a", b"value")
    run_blocking(inner.put(next(iter(inner.content)), b"junk", ttl_seconds=60))
    assert get(store, "a") is None


def test_T111_entry_of_an_older_key_is_found_behind_a_poisoned_one(inner: RecordingStore, observer: Observer) -> None:
    """T111: an entry that does not open hides no good one."""
    put(EncryptedStore(inner, [OLD]), "a", b"good")
    run_blocking(inner.put(EncryptedStore(inner, [NEW])._keys[0].name("a"), b"junk", ttl_seconds=60))
    assert get(EncryptedStore(inner, [OLD, NEW], observer=observer), "a") == b"good"
    assert len(observer.events) == 1


def test_store_without_leases_has_none(inner: RecordingStore) -> None:
    """Where the store that is encrypted gives no leases, there are none to ask for."""
    store = EncryptedStore(inner, [NEW])
    assert store.leases is None
    with pytest.raises(StoreUnavailable, match="gives no leases"):
        run_blocking(store.lease("key", seconds=1))
    with pytest.raises(StoreUnavailable, match="gives no leases"):
        run_blocking(store.release(Lease("key", 1, "owner")))


def test_twin_for_threads(inner: RecordingStore) -> None:
    """The twin encrypts the store's own twin where it has one, else the store itself."""

    class WithTwin(RecordingStore):
        def blocking(self) -> RecordingStore:
            return inner

    put(EncryptedStore(WithTwin(), [NEW]).blocking(), "a", b"1")
    assert get(EncryptedStore(inner, [NEW]).blocking(), "a") == b"1"


def test_closing_is_passed_on(inner: RecordingStore) -> None:
    """What the store has open is closed; a store that has nothing open need not know how."""
    run_blocking(EncryptedStore(inner, [NEW]).aclose())
    assert inner.closed == 1
    run_blocking(EncryptedStore(MemoryStore(), [NEW]).aclose())


def test_T112_no_token_in_the_locals_of_a_failure() -> None:
    """T112: when the store fails, the frames of the encryption do not show the value."""

    class Failing(MemoryStore):
        async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
            message = "it is down"
            raise StoreUnavailable(message)

    with pytest.raises(StoreUnavailable) as raised:
        run_blocking(EncryptedStore(Failing(), [NEW]).put("key", b"secret-token", ttl_seconds=60))
    traceback = raised.value.__traceback__
    while traceback is not None:
        if "azuread_auth" in traceback.tb_frame.f_code.co_filename:
            assert "secret-token" not in repr(traceback.tb_frame.f_locals)
        traceback = traceback.tb_next
