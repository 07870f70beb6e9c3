"""Each flow with each credential: recorded, and replayed where nothing of what it needs is there."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azuread_auth import AccessToken, Account
from azuread_auth.credentials import ClientAssertion, ClientCertificate, ManagedIdentity, WorkloadIdentity
from azuread_auth.credentials.base import Credential
from azuread_auth.errors import AzureAdError, InteractionRequired, LoginFailed, ReplayMismatch
from azuread_auth.simulation import Recording, Replay, SimulatedTenant
from azuread_auth.stores.memory import MemoryStore
from tests.conftest import Mode
from tests.integration.outbound import ORDERS_DEFAULT, READ, WRITE, Caller, World, claims_of
from tests.integration.outbound_flows import FLOWS, HOST_KINDS, REDIRECT, megan
from tests.unit.simulation.recordings.network_watch import nothing_leaves

APP_FLOWS = [name for name, flow in FLOWS.items() if flow.begin is None and "behalf" not in name]
HOSTS = {f"managed identity, {kind}" for kind in HOST_KINDS}
STRANGER = "0f1a2b3c-1111-4222-8333-444455556666"
ELSEWHERE = {"transport": None, "authority_host": "login.microsoftonline.com"}


@pytest.fixture
def world(mode: Mode, tmp_path: Path) -> Any:
    """A tenant, and a folder for what credentials need."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    made = World(tenant=SimulatedTenant(now=mode.clock.now), mode=mode, store=MemoryStore(), folder=folder)
    with made.tenant:
        yield made
        for caller in made.callers:
            mode.run(caller.close)


def client_of(world: World, flow: Any, simulation: Any, *, environ: Any = None, **settings: Any) -> Caller:
    """One more client."""
    known = replace(world.settings(flow), simulation=simulation, **settings)
    made = Caller(world.mode, known, environ=flow.environ(world) if environ is None else environ)
    world.callers.append(made)
    return made


def placeless(name: str, credential: Credential, tmp_path: Path) -> Credential:
    """The credential where what it needs is absent."""
    missing = tmp_path / "nowhere"
    absent: dict[str, Credential] = {
        "certificate as PEM file": ClientCertificate(path=missing),
        "workload identity": WorkloadIdentity(token_file=missing),
        "assertion by a callable": ClientAssertion(unreachable_vault),
    }
    return absent.get(name, ManagedIdentity() if name in HOSTS else credential)


def unreachable_vault() -> str:
    """A callable that must not be called."""
    raise AssertionError


@pytest.mark.parametrize("name", APP_FLOWS)
def test_T127_app_tokens_are_replayed_without_anything(world: World, tmp_path: Path, name: str) -> None:
    """T127: no secret, certificate, file, program or host is needed, and nobody is connected to."""
    flow, path = FLOWS[name], tmp_path / "tokens.json"
    recording = client_of(world, flow, Recording(path))
    real = world.mode.run(lambda: flow.ask(world, recording))
    written, requests = path.read_bytes(), world.requests()

    credential = placeless(name, world.settings(flow).credential, tmp_path)
    replay = client_of(world, flow, Replay(path), environ={}, credential=credential, **ELSEWHERE)
    with nothing_leaves():
        token = world.mode.run(lambda: replay.ask("acquire_token_for_app", ORDERS_DEFAULT))
        with pytest.raises(ReplayMismatch):
            world.mode.run(lambda: replay.ask("acquire_token_for_app", "api://bills/.default"))
    assert_mock(token, real)
    assert world.requests() == requests
    assert path.read_bytes() == written


def assert_mock(token: AccessToken, real: AccessToken) -> None:
    """The token has the structure of the real one, and is another."""
    mock, found = claims_of(token), claims_of(real)
    assert set(mock) == set(found)
    assert {type(mock[name]) for name in ("iat", "nbf", "exp")} == {int}
    assert mock["exp"] - mock["iat"] == found["exp"] - found["iat"]
    assert mock["ver"] == found["ver"]
    assert mock["iss"].startswith("https://simulated.azuread-auth.test/")
    assert token.reveal() != real.reveal()


def test_T127_on_behalf_of_is_replayed_by_user(world: World, tmp_path: Path) -> None:
    """T127, T109: each user has answers of their own, in the order in which users appear."""
    flow, path = FLOWS["on behalf of"], tmp_path / "tokens.json"
    recording = client_of(world, flow, Recording(path))
    users = [world.tenant.principal(user=name) for name in ("megan", "adele")]

    async def ask(caller: Caller, user: Any, scope: str) -> AccessToken:
        found: AccessToken = await caller.ask("acquire_token_on_behalf_of", user, scope)
        return found

    real = [world.mode.run(lambda user=user: ask(recording, user, READ)) for user in users]
    world.mode.run(lambda: ask(recording, users[0], WRITE))
    replay = client_of(world, flow, Replay(path), environ={}, **ELSEWHERE)
    with nothing_leaves():
        for user, known in zip(users, real, strict=True):
            token = world.mode.run(lambda user=user: ask(replay, user, READ))
            assert_mock(token, known)
            assert claims_of(token)["scp"] == "Orders.Read"
        world.mode.run(lambda: ask(replay, users[0], WRITE))
        with pytest.raises(ReplayMismatch, match=r"on_behalf_of for api://orders/Orders.Write .*user-2"):
            world.mode.run(lambda: ask(replay, users[1], WRITE))
    names = [claims_of(world.mode.run(lambda user=user: ask(replay, user, READ)))["oid"] for user in users]
    assert len(set(names)) == 2


async def sign_in(world: World, caller: Caller) -> Any:
    """A browser's sign-in."""
    begun = await caller.ask("start_authorization", redirect_uri=REDIRECT, scopes=[READ])
    answer = world.tenant.sign_in(begun.url, "megan")
    return await caller.ask("acquire_token_by_authorization_code", begun, answer)


@pytest.mark.parametrize("name", ["authorization code", "authorization code of a public client"])
def test_T125_a_sign_in_goes_to_the_provider_and_its_refreshing_is_replayed(
    world: World, tmp_path: Path, name: str
) -> None:
    """T125: whoever signs in does so with the provider, by the application's real proof; later tokens are replayed."""
    flow, path = FLOWS[name], tmp_path / "tokens.json"
    recording = client_of(world, flow, Recording(path))
    world.mode.run(lambda: sign_in(world, recording))
    world.mode.run(lambda: recording.ask("acquire_token_for_user", megan(world), WRITE))
    assert b"authorization_code" not in path.read_bytes()
    exchanged = world.tenant.request_count("token")

    replay = client_of(world, flow, Replay(path))
    signed_in = world.mode.run(lambda: sign_in(world, replay))
    assert (signed_in.principal.tenant_id, signed_in.principal.object_id) == (
        megan(world).tenant_id,
        megan(world).object_id,
    )
    assert world.tenant.request_count("token") == exchanged + 1
    token = world.mode.run(lambda: replay.ask("acquire_token_for_user", megan(world), WRITE))
    assert claims_of(token)["iss"].startswith("https://simulated.")
    assert world.tenant.request_count("token") == exchanged + 1


def test_T125_a_refresh_token_of_a_real_sign_in_stays(world: World, tmp_path: Path) -> None:
    """T125: what is replayed brings no refresh token, so that the user's own serves when the replay is over."""
    flow, path, store = FLOWS["authorization code"], tmp_path / "tokens.json", MemoryStore()
    recording = client_of(world, flow, Recording(path))
    world.mode.run(lambda: sign_in(world, recording))
    world.mode.run(lambda: recording.ask("acquire_token_for_user", megan(world), WRITE))
    settings = world.settings(flow)
    replay = Caller(world.mode, settings, store, environ={}, simulation=Replay(path))
    world.mode.run(lambda: sign_in(world, replay))
    mock = world.mode.run(lambda: replay.ask("acquire_token_for_user", megan(world), WRITE))
    real = Caller(world.mode, settings, store, environ={})
    token = world.mode.run(lambda: real.ask("acquire_token_for_user", megan(world), WRITE))
    assert claims_of(token)["iss"].startswith(world.tenant.authority_host)
    assert token.reveal() != mock.reveal()


def test_nobody_is_known_who_has_not_signed_in(world: World, tmp_path: Path) -> None:
    """A recording holds no refresh token: a user without a sign-in is asked for one."""
    flow, path = FLOWS["authorization code"], tmp_path / "tokens.json"
    recording = client_of(world, flow, Recording(path))
    world.mode.run(lambda: sign_in(world, recording))
    world.mode.run(lambda: recording.ask("acquire_token_for_user", megan(world), WRITE))
    replay, stranger = client_of(world, flow, Replay(path)), Account(world.tenant.tenant_id, STRANGER)
    with pytest.raises(InteractionRequired):
        world.mode.run(lambda: replay.ask("acquire_token_for_user", stranger, READ))


def recorded_device(world: World, path: Path, *, ending: str) -> None:
    """Record a sign-in on a device: asked too early, told to slow down, then its end."""
    flow = FLOWS["device code"]
    recording = client_of(world, flow, Recording(path))
    world.tenant.behaviour.device_interval_seconds = 0

    async def body() -> None:
        device = await recording.ask("start_device_code", READ)
        world.tenant.fail("token", error="slow_down", status=400, times=1)
        asked = 0

        def is_cancelled() -> bool:
            nonlocal asked
            asked += 1
            world.mode.clock.advance(30)
            if asked == 5 and ending == "declined":
                world.tenant.decline_device(device.user_code)
            elif asked == 5:
                world.tenant.approve_device(device.user_code, "megan")
            return False

        await recording.ask("acquire_token_by_device_code", device, is_cancelled=is_cancelled)

    try:
        world.mode.run(body)
    except LoginFailed:
        assert ending == "declined"


@pytest.mark.parametrize(
    ("ending", "error"), [("declined", LoginFailed), ("approved", ReplayMismatch)], ids=["declined", "approved"]
)
def test_T125_the_polls_of_a_device_are_replayed_and_nobody_signs_in(
    world: World, tmp_path: Path, ending: str, error: type[AzureAdError]
) -> None:
    """T125: the code, the waiting and the refusals replay; a sign-in that succeeded ends with a clear error."""
    path = tmp_path / "tokens.json"
    recorded_device(world, path, ending=ending)
    assert b"slow_down" in path.read_bytes()
    assert b"authorization_pending" in path.read_bytes()
    count = world.tenant.request_count("token"), world.tenant.request_count("devicecode")
    replay = client_of(world, FLOWS["device code"], Replay(path))

    async def body() -> None:
        device = await replay.ask("start_device_code", READ)
        assert device.user_code.startswith("SIMULATED-")
        assert device.interval == 0

        def is_cancelled() -> bool:
            world.mode.clock.advance(30)
            return False

        await replay.ask("acquire_token_by_device_code", device, is_cancelled=is_cancelled)

    with pytest.raises(error, match="declined" if ending == "declined" else "nobody signs in by a replay"):
        world.mode.run(body)
    assert count == (world.tenant.request_count("token"), world.tenant.request_count("devicecode"))
