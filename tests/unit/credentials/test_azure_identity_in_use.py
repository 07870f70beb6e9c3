"""azure-core credentials as sources of tokens."""

from typing import Any

import pytest
from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.core.exceptions import ClientAuthenticationError

from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.credentials import AzureIdentity
from azuread_auth.credentials.base import AppTokenSource
from azuread_auth.errors import CredentialUnavailable, ProviderUnavailable, SuspendedError
from tests.conftest import Mode
from tests.unit.credentials.conftest import NOW, TENANT, World

SCOPES = ("https://vault.azure.net/.default",)
END = int(NOW) + 3600
CAPABLE = '{"access_token":{"xms_cc":{"values":["CP1"]}}}'
CHALLENGE = '{"access_token":{"acrs":{"value":"c1"}}}'


class Older:
    """A sync credential with the first form of the protocol."""

    def __init__(self) -> None:
        self.calls: list[tuple[tuple[str, ...], dict[str, Any]]] = []

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self.calls.append((scopes, options))
        return AccessToken("older", END)


class Newer(Older):
    """With both forms."""

    def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        self.calls.append((scopes, dict(options or {})))
        return AccessTokenInfo("newer", END, refresh_on=int(NOW) + 60)


class AsyncOlder:
    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return AccessToken("asyncolder", END) if scopes else AccessToken("", 0)


class AsyncNewer:
    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        return AccessTokenInfo("async", END)


class Fixed:
    """Answers with whatever it was given, or raises it."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def get_token(self, *scopes: str, **options: Any) -> object:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def ask(world: World, credential: object, *, tenant_id: str | None = None, claims: str | None = None) -> ReceivedToken:
    """A token by the credential."""
    used = AzureIdentity(credential).in_use(world.surroundings())
    return world.run(used.token(SCOPES, tenant_id=tenant_id, claims=claims))  # type: ignore[arg-type]


def test_either_form_of_the_protocol(world: World) -> None:
    """The newer one is preferred: it says when to ask again."""
    older, newer = ask(world, Older()), ask(world, Newer())
    assert (older.access_token.reveal(), older.expires_at, older.refresh_at) == ("older", END, END - 300)
    assert (newer.access_token.reveal(), newer.expires_at, newer.refresh_at) == ("newer", END, NOW + 60)


@pytest.mark.parametrize("kind", [Older, Newer])
@pytest.mark.parametrize(
    ("given", "passed"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"tenant_id": TENANT}, {"tenant_id": TENANT}, id="tenant"),
        pytest.param({"claims": CHALLENGE}, {"claims": CHALLENGE}, id="claims"),
        pytest.param({"claims": CAPABLE}, {"claims": CAPABLE, "enable_cae": True}, id="capabilities"),
    ],
)
def test_what_is_asked_for_is_passed_on(
    world: World, kind: type[Older], given: dict[str, str], passed: dict[str, Any]
) -> None:
    """Tenant and claims only where there are any: not all credentials know them."""
    credential = kind()
    ask(world, credential, **given)
    assert credential.calls == [(SCOPES, passed)]


@pytest.mark.parametrize(
    ("credential", "token"),
    [(Older(), "older"), (Newer(), "newer"), (AsyncOlder(), "asyncolder"), (AsyncNewer(), "async")],
)
def test_sync_and_async_credentials(mode: Mode, world: World, credential: object, token: str) -> None:
    """On asyncio, trio and threads; one that never waits serves a blocking client too."""
    world.runtime.time = mode.clock.now()
    used = AzureIdentity(credential).in_use(world.surroundings(runtime=mode.runtime))

    async def body() -> str:
        return (await used.token(SCOPES, tenant_id=None, claims=None)).access_token.reveal()  # type: ignore[union-attr]

    assert mode.run(body) == token


def test_identities_share_no_tokens(world: World) -> None:
    """Nothing tells whose tokens a foreign credential brings: each has its own part of the cache."""
    one, two = (AzureIdentity(Older()).in_use(world.surroundings()) for _ in range(2))
    assert isinstance(one, AppTokenSource)
    assert one.flow == "azure_identity"
    assert one.identity != two.identity
    assert "Older" not in repr(one)


@pytest.mark.parametrize("error", [ClientAuthenticationError("canary"), ValueError("canary")])
def test_T112_failure_is_told_by_its_type(world: World, error: Exception) -> None:
    """T112: the text of the error may quote anything."""
    with pytest.raises(CredentialUnavailable) as caught:
        ask(world, Fixed(error))
    assert str(caught.value) == f"AzureIdentity: Fixed failed ({type(error).__name__}); see the cause"
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="nothing"),
        pytest.param("canary", id="text"),
        pytest.param(AccessToken(b"canary", END), id="bytes as token"),  # type: ignore[arg-type]
        pytest.param(AccessToken("canary", None), id="no expiry"),  # type: ignore[arg-type]
        pytest.param(AccessToken("canary", "soon"), id="text as expiry"),  # type: ignore[arg-type]
    ],
)
def test_answer_that_is_no_token(world: World, answer: object) -> None:
    """Told by its type, and never shown."""
    with pytest.raises(CredentialUnavailable, match="expected an AccessToken with token and expires_on") as caught:
        ask(world, Fixed(answer))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "answer", [AccessToken("canary\r\n", END), AccessTokenInfo("canary", END, token_type="pop")], ids=["break", "pop"]
)
def test_T121_token_that_cannot_be_sent(world: World, answer: object) -> None:
    """T121: a line break, or another type than Bearer."""
    with pytest.raises(ProviderUnavailable) as caught:
        ask(world, Fixed(answer))
    assert "canary" not in str(caught.value)


def test_expired_token_has_no_life_left(world: World) -> None:
    """And none that is negative."""
    token = ask(world, Fixed(AccessTokenInfo("x", 1, refresh_on=1)))
    assert token.expires_at == token.refresh_at == NOW


def test_async_credential_that_waits_needs_an_event_loop(world: World) -> None:
    """A blocking client says so."""

    class Waiting:
        def __await__(self):
            yield

    class Slow:
        async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
            await Waiting()
            return AccessToken("never", END)

    with pytest.raises(SuspendedError):
        ask(world, Slow())
