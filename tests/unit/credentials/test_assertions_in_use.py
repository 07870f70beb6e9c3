"""Assertions that come from a file or a callable."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from azuread_auth.credentials import ClientAssertion, WorkloadIdentity
from azuread_auth.credentials.base import ClientAuthentication
from azuread_auth.errors import CredentialUnavailable, SuspendedError
from azuread_auth.secret import Secret
from tests.conftest import Mode
from tests.unit.credentials.conftest import CLIENT, TOKEN_URL, World, shown

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def assertion(world: World, used: ClientAuthentication) -> str:
    """The next one."""
    fields = world.run(used.fields(client_id=CLIENT, token_url=TOKEN_URL))  # type: ignore[arg-type]
    assert fields["client_assertion_type"] == TYPE
    assert len(fields) == 2
    return fields["client_assertion"]


def refusal(world: World, used: ClientAuthentication) -> CredentialUnavailable:
    """The error in which it must end."""
    with pytest.raises(CredentialUnavailable) as caught:
        assertion(world, used)
    return caught.value


def test_T120_token_file_is_read_for_each_request(world: World, tmp_path: Path) -> None:
    """T120: the platform rotates the token under us; white space around it is not part of it."""
    file = tmp_path / "token"
    used = WorkloadIdentity(token_file=file).in_use(world.surroundings())
    assert isinstance(used, ClientAuthentication)
    file.write_text("one.two.three\n")
    assert assertion(world, used) == "one.two.three"
    file.write_text(" rotated\r\n")
    assert assertion(world, used) == "rotated"
    assert used.reload()


@pytest.mark.parametrize("client_id", [None, CLIENT])
def test_file_may_prove_another_application(world: World, tmp_path: Path, client_id: str | None) -> None:
    """Where the credential names one, it is told to who makes the request."""
    used = WorkloadIdentity(token_file=tmp_path / "t", client_id=client_id).in_use(world.surroundings())
    assert used.client_id == client_id


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "holds no token; expected one line of ASCII", id="empty"),
        pytest.param(b" \n", "holds no token; expected one line of ASCII", id="blank"),
        pytest.param("canary\u00e9".encode(), "holds no token", id="beyond ASCII"),
        pytest.param(b"canary\ncanary", "holds no token", id="two lines"),
        pytest.param(b"x" * 100_001, "has more than 100000 bytes", id="too large"),
    ],
)
def test_file_without_a_token(world: World, tmp_path: Path, content: bytes, message: str) -> None:
    """The file and the remedy are named, the content is not."""
    file = tmp_path / "token"
    file.write_bytes(content)
    error = refusal(world, WorkloadIdentity(token_file=file).in_use(world.surroundings()))
    assert message in str(error)
    assert str(file) in str(error)
    assert "canary" not in shown(error)


def test_file_that_is_not_there(world: World, tmp_path: Path) -> None:
    """The variable that names it is told, since that is what is wrong most often."""
    error = refusal(world, WorkloadIdentity(token_file=tmp_path / "token").in_use(world.surroundings()))
    assert "cannot be read (No such file or directory); check AZURE_FEDERATED_TOKEN_FILE" in str(error)


def test_folder_in_place_of_the_file(world: World, tmp_path: Path) -> None:
    """What is no regular file is not opened: a pipe would be waited for."""
    error = refusal(world, WorkloadIdentity(token_file=tmp_path).in_use(world.surroundings()))
    assert f"{tmp_path} is not a file" in str(error)


async def asynchronous() -> Secret:
    """An assertion by an async function."""
    return Secret("async")


class AsyncCall:
    async def __call__(self) -> str:
        return "object"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(lambda: "text", "text", id="text"),
        pytest.param(lambda: Secret("secret"), "secret", id="a secret"),
        pytest.param(asynchronous, "async", id="async"),
        pytest.param(lambda: asynchronous(), "async", id="async within a lambda"),  # noqa: PLW0108 - the case itself
        pytest.param(AsyncCall(), "object", id="an object with an async call"),
    ],
)
def test_callable_is_asked_for_each_request(mode: Mode, world: World, source: Callable[[], str], expected: str) -> None:
    """Sync or async, on asyncio, trio and threads."""
    used = ClientAssertion(source).in_use(world.surroundings(runtime=mode.runtime))
    assert isinstance(used, ClientAuthentication)
    assert used.client_id is None
    assert used.reload()

    async def body() -> str:
        return (await used.fields(client_id=CLIENT, token_url=TOKEN_URL))["client_assertion"]

    assert mode.run(body) == expected


def test_sync_callable_may_block(event_loop_mode: Mode, world: World) -> None:
    """It runs beside the event loop, which goes on: here it waits for what the loop does."""
    is_running = Event()
    used = ClientAssertion(lambda: str(is_running.wait(10))).in_use(world.surroundings(runtime=event_loop_mode.runtime))

    async def ask() -> str:
        return (await used.fields(client_id=CLIENT, token_url=TOKEN_URL))["client_assertion"]

    async def other() -> str:
        is_running.set()
        return ""

    assert event_loop_mode.run(lambda: event_loop_mode.gather(ask, other)) == ["True", ""]


@pytest.mark.parametrize("is_async", [False, True])
def test_T112_failure_is_told_by_its_type(world: World, is_async: bool) -> None:
    """T112: what the callable raises is the cause; its text may quote anything and is not repeated."""

    def fail() -> str:
        message = "canary"
        raise OSError(message)

    async def fail_later() -> str:
        return fail()

    error = refusal(world, ClientAssertion(fail_later if is_async else fail).in_use(world.surroundings()))
    assert str(error) == "ClientAssertion: the callable failed (OSError); see the cause"
    assert isinstance(error.__cause__, OSError)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(None, "gave a NoneType, expected the text", id="nothing"),
        pytest.param(b"canary", "gave a bytes, expected the text", id="bytes"),
        pytest.param("", "gave no assertion; expected visible ASCII", id="empty"),
        pytest.param("canary canary", "gave no assertion", id="a space"),
        pytest.param("canary\r\nX: 1", "gave no assertion", id="a line break"),
        pytest.param(Secret(b"\xff"), "gave no assertion", id="bytes that are no text"),
    ],
)
def test_answer_that_is_no_assertion(world: World, answer: object, message: str) -> None:
    """Told by its type, and never shown."""
    error = refusal(world, ClientAssertion(lambda: answer).in_use(world.surroundings()))  # type: ignore[arg-type, return-value]
    assert message in str(error)
    assert "canary" not in str(error)


def test_callable_that_waits_for_an_event_loop_needs_one(threads_mode: Mode, world: World) -> None:
    """A blocking client says so."""

    class Waiting:
        def __await__(self):
            yield

    async def wait() -> str:
        await Waiting()
        return "never"

    used = ClientAssertion(wait).in_use(world.surroundings(runtime=threads_mode.runtime))
    with pytest.raises(SuspendedError):
        assertion(world, used)


def test_T112_nothing_shows_the_callable(world: World) -> None:
    """T112: its repr may show what it holds."""
    assert "lambda" not in repr(ClientAssertion(lambda: "x").in_use(world.surroundings()))
