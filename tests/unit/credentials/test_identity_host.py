"""Managed identities as they are used: the right host, asked patiently, and never shown what is not its own."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from azuread_auth._protocol.managed_identity import Selector
from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.credentials import ManagedIdentity
from azuread_auth.credentials.arc_agent import ArcAgent
from azuread_auth.credentials.base import AppTokenSource
from azuread_auth.credentials.identity_host import IdentityHost
from azuread_auth.errors import ConfigurationError, CredentialUnavailable, ProviderUnavailable, Throttled
from azuread_auth.ports import HttpResponse
from tests.conftest import Mode
from tests.unit.credentials.conftest import NOW, World, shown

GUID = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
SCOPES = ("https://vault.azure.net/.default",)
NO_AGENT = ArcAgent(None, None)
APP = {"IDENTITY_ENDPOINT": "http://127.0.0.1:1/msi/token", "IDENTITY_HEADER": "canary-header"}
FABRIC = {
    "IDENTITY_ENDPOINT": "https://node:2377/token",
    "IDENTITY_HEADER": "canary-header",
    "IDENTITY_SERVER_THUMBPRINT": "00" * 20,
}
ARC = {"IDENTITY_ENDPOINT": "http://localhost:40342/token", "IMDS_ENDPOINT": "http://localhost:40342"}


def answer(status: int = 200, **members: Any) -> HttpResponse:
    """An answer; with status 200, one with a token."""
    token = {"access_token": "canary-token", "token_type": "Bearer", "expires_on": str(int(NOW) + 3600)}
    return HttpResponse(status=status, body=json.dumps((token if status == 200 else {}) | members).encode())


def source(world: World, selector: Selector | None = None, agent: ArcAgent = NO_AGENT) -> IdentityHost:
    """A source on a machine with this agent."""
    return IdentityHost(selector or Selector(), world.surroundings(), agent=agent)


def token(world: World, used: AppTokenSource, claims: str | None = None) -> ReceivedToken:
    """The next token."""
    return world.run(used.token(SCOPES, tenant_id=None, claims=claims))  # type: ignore[arg-type]


def refusal(world: World, used: AppTokenSource) -> CredentialUnavailable:
    """The error in which it must end."""
    with pytest.raises(CredentialUnavailable) as caught:
        token(world, used)
    assert "canary" not in shown(caught.value)
    return caught.value


def test_identity_is_named_by_its_selector(world: World) -> None:
    """Part of the cache key, so that two identities never share a token."""
    for credential, identity in (
        (ManagedIdentity(), "system"),
        (ManagedIdentity(client_id=GUID), f"client_id={GUID}"),
        (ManagedIdentity(object_id=GUID), f"object_id={GUID}"),
    ):
        used = credential.in_use(world.surroundings())
        assert isinstance(used, AppTokenSource)
        assert (used.flow, used.identity) == ("managed_identity", identity)


def test_token_of_the_host(world: World) -> None:
    """Asked directly, once, with the selector in its parameter."""
    world.environ.update(APP)
    world.http.answers = [answer()]
    got = token(world, source(world, Selector(client_id=GUID)))
    assert got.access_token.reveal() == "canary-token"
    assert got.expires_at == NOW + 3600
    (request,) = world.http.requests
    assert request.is_direct
    assert request.url.endswith(f"?api-version=2019-08-01&resource=https%3A%2F%2Fvault.azure.net&client_id={GUID}")
    assert request.headers["X-IDENTITY-HEADER"] == "canary-header"


def test_environment_is_read_at_each_call(world: World) -> None:
    """App Service rotates the header while the process runs."""
    world.environ.update(APP)
    used = source(world)
    world.http.answers = [answer(), answer()]
    token(world, used)
    world.environ["IDENTITY_HEADER"] = "rotated"
    token(world, used)
    assert [request.headers["X-IDENTITY-HEADER"] for request in world.http.requests] == ["canary-header", "rotated"]


def test_T117_no_host_is_told_of_a_forwarded_request(world: World) -> None:
    """T117: the metadata service refuses what seems to come through a proxy, and nothing of a caller's gets there."""
    world.http.answers = [answer()]
    token(world, source(world))
    (request,) = world.http.requests
    assert request.headers == {"Metadata": "true"}
    assert request.url.startswith("http://169.254.169.254/metadata/identity/oauth2/token?")


def test_metadata_service_is_probed_first(world: World) -> None:
    """It gets 2 seconds for its first answer, and the usual time from then on."""
    world.http.answers = [answer(), answer()]
    used = source(world)
    token(world, used)
    token(world, used)
    assert [request.timeout_seconds for request in world.http.requests] == [2, 10]


def test_no_host_is_no_identity(world: World) -> None:
    """On a developer's machine the error says so, after two short tries."""
    world.http.answers = [None, None]
    assert "no managed identity here" in str(refusal(world, source(world)))
    assert world.runtime.slept == [1]


def test_host_that_is_silent_later_is_in_trouble(world: World) -> None:
    """Once it answered it is there: silence is asked for again, and told as an outage."""
    world.http.answers = [answer(), None, None, answer(), None, None, None, None, None]
    used = source(world)
    token(world, used)
    assert token(world, used)
    assert world.runtime.slept == [2, 4]
    with pytest.raises(ProviderUnavailable, match="the host cannot be reached"):
        token(world, used)


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
def test_passing_trouble_is_waited_out(world: World, status: int) -> None:
    """A token comes in the end."""
    world.http.answers = [answer(status), answer(status), answer()]
    assert token(world, source(world))
    assert world.runtime.slept == ([10, 10] if status == 410 else [2, 4])


def test_waits_are_spread_by_chance(world: World) -> None:
    """Many machines do not come back at the same moment."""
    world.runtime.chance = 1.0
    world.http.answers = [answer(500), answer()]
    token(world, source(world))
    assert world.runtime.slept == [2.5]


def test_host_that_asks_for_time_gets_it(world: World) -> None:
    """Retry-After is kept to; when it is long, the caller is told at once."""
    world.environ.update(APP)
    world.http.answers = [
        HttpResponse(status=429, headers={"retry-after": "5"}),
        HttpResponse(status=429, headers={"retry-after": "60"}),
    ]
    with pytest.raises(Throttled) as caught:
        token(world, source(world))
    assert caught.value.retry_after == 60
    assert world.runtime.slept == [5]


def test_lasting_trouble_is_an_outage(world: World) -> None:
    """After the last try."""
    world.environ.update(APP)
    world.http.answers = [answer(503)] * 4
    with pytest.raises(ProviderUnavailable, match="answered 503"):
        token(world, source(world))


def test_identity_that_is_not_assigned(world: World) -> None:
    """Told with what is to be done, and not asked for again."""
    world.http.answers = [answer(400, error="invalid_request", error_description="Identity not found")]
    assert "turn on the system-assigned identity" in str(refusal(world, source(world)))


def test_several_scopes_are_refused_before_anything_is_asked(world: World) -> None:
    """One token is for one API."""
    with pytest.raises(ConfigurationError):
        world.run(source(world).token(("a", "b"), tenant_id=None, claims=None))


def test_T114_service_fabric_is_pinned(world: World) -> None:
    """T114: the secret goes to the one certificate that the environment names."""
    world.environ.update(FABRIC)
    world.http.answers = [answer(expires_on=int(NOW) + 60)]
    assert token(world, source(world)).expires_at == NOW + 60
    (request,) = world.http.requests
    assert request.pinned_certificate_sha1 == "00" * 20
    assert request.headers == {"Secret": "canary-header"}


def test_revoked_token_is_named_to_service_fabric(world: World) -> None:
    """With a challenge, the hash of the token that we had goes along; capabilities always do."""
    world.environ.update(FABRIC)
    world.http.answers = [answer(), answer(), answer()]
    used = source(world)
    capable = '{"access_token":{"xms_cc":{"values":["CP1"]}}}'
    challenge = '{"access_token":{"nbf":{"essential":true,"value":"1"},"xms_cc":{"values":["CP1"]}}}'
    token(world, used, challenge)
    token(world, used, capable)
    token(world, used, challenge)
    digest = hashlib.sha256(b"canary-token").hexdigest()
    ends = [request.url.partition("vault.azure.net")[2] for request in world.http.requests]
    assert ends == ["&xms_cc=CP1", "&xms_cc=CP1", f"&xms_cc=CP1&token_sha256_to_refresh={digest}"]


def test_remembered_hashes_are_bounded(world: World) -> None:
    """They are few in any sane program; in others they are forgotten."""
    world.environ.update(FABRIC)
    used = source(world)
    for number in range(101):
        world.http.answers = [answer()]
        world.run(used.token((f"api://{number}/.default",), tenant_id=None, claims=None))
    assert len(used._digests) == 1


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The folder where the agent writes its keys."""
    folder = tmp_path / "tokens"
    folder.mkdir()
    (folder / "a.key").write_text("canary-key\n")
    return folder


def challenge(file: object) -> HttpResponse:
    """The agent's first answer."""
    return HttpResponse(status=401, headers={"www-authenticate": f"Basic realm={file}"})


@pytest.mark.parametrize("by_variables", [True, False])
def test_T118_arc_is_shown_the_key_it_names(world: World, keys: Path, by_variables: bool) -> None:
    """T118: the content of the key file goes into the second request, which is the first one but for that."""
    program = keys / "himds"
    program.touch()
    if by_variables:
        world.environ.update(ARC)
    world.http.answers = [challenge(keys / "a.key"), answer(client_id=GUID)]
    agent = ArcAgent(None if by_variables else program, keys)
    assert token(world, source(world, Selector(client_id=GUID), agent))
    first, second = world.http.requests
    assert first.headers == {"Metadata": "true"}
    assert second.headers == {"Metadata": "true", "Authorization": "Basic canary-key"}
    assert first.url == second.url


def test_T118_arc_must_name_the_identity_that_was_asked_for(world: World, keys: Path) -> None:
    """T118: the token of another identity is not taken."""
    world.environ.update(ARC)
    world.http.answers = [challenge(keys / "a.key"), answer()]
    assert "does not say" in str(refusal(world, source(world, Selector(client_id=GUID), ArcAgent(None, keys))))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("/etc/passwd", id="another folder"),
        pytest.param("{keys}/../a.key", id="up"),
        pytest.param("{keys}/deeper/../a.key", id="down and up"),
        pytest.param("{keys}/deeper/a.key", id="below"),
        pytest.param("{keys}/a.txt", id="another suffix"),
        pytest.param("{keys}/.key", id="no name before the suffix"),
        pytest.param("{keys}/link.key", id="a link"),
        pytest.param("{keys}/folder.key", id="a folder"),
        pytest.param("{keys}/absent.key", id="absent"),
        pytest.param("a.key", id="relative"),
        pytest.param("{keys}/a\0.key", id="a NUL"),
        pytest.param("file://{keys}/a.key", id="a URL"),
    ],
)
def test_T118_file_that_is_no_key_is_not_read(world: World, keys: Path, name: str) -> None:
    """T118: whatever answers on the agent's port cannot have another file sent to it."""
    secret = keys.parent / "secret"
    secret.write_text("canary")
    (keys / "link.key").symlink_to(secret)
    (keys / "deeper").mkdir()
    (keys / "folder.key").mkdir()
    for path in ("a.txt", ".key", "deeper/a.key"):
        (keys / path).write_text("canary")
    (keys.parent / "a.key").write_text("canary")
    world.environ.update(ARC)
    world.http.answers = [challenge(name.format(keys=keys))]
    assert "none of its keys" in str(refusal(world, source(world, agent=ArcAgent(None, keys))))
    assert len(world.http.requests) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"x" * 4097, "has more than 4096 bytes", id="too large"),
        pytest.param(b"", "characters that no header can carry", id="empty"),
        pytest.param(b"canary\r\nX: 1", "characters that no header can carry", id="line break"),
    ],
)
def test_T118_key_that_is_none(world: World, keys: Path, content: bytes, message: str) -> None:
    """T118: a key is short and fits into a header."""
    (keys / "b.key").write_bytes(content)
    world.environ.update(ARC)
    world.http.answers = [challenge(keys / "b.key")]
    assert message in str(refusal(world, source(world, agent=ArcAgent(None, keys))))


def test_T118_platform_without_an_agent(world: World) -> None:
    """T118: where there is no folder of keys, no file is one."""
    world.environ.update(ARC)
    world.http.answers = [challenge("/var/opt/azcmagent/tokens/a.key")]
    assert "none of its keys" in str(refusal(world, source(world)))


def test_arc_in_trouble_is_asked_again(world: World, keys: Path) -> None:
    """Each of the two requests has its tries."""
    world.environ.update(ARC)
    world.http.answers = [answer(500), challenge(keys / "a.key"), answer(429), answer()]
    assert token(world, source(world, agent=ArcAgent(None, keys)))


def test_agent_of_each_platform() -> None:
    """Where the installers put it; Windows tells the folders in its environment."""
    linux = ArcAgent.of_platform({}, "linux")
    assert (str(linux.program), str(linux.key_folder)) == ("/opt/azcmagent/bin/himds", "/var/opt/azcmagent/tokens")
    windows = ArcAgent.of_platform({"ProgramFiles": "P", "ProgramData": "D"}, "win32")
    assert windows.program == Path("P/AzureConnectedMachineAgent/himds.exe")
    assert windows.key_folder == Path("D/AzureConnectedMachineAgent/Tokens")
    assert ArcAgent.of_platform({}, "win32") == ArcAgent.of_platform({}, "darwin") == NO_AGENT


def test_agent_that_is_not_here(tmp_path: Path) -> None:
    """No file, or none that may be looked at."""
    assert not NO_AGENT.is_installed()
    assert not ArcAgent(tmp_path / "himds", tmp_path).is_installed()
    assert not ArcAgent(tmp_path / ("x" * 300), tmp_path).is_installed()


def test_agent_of_this_platform_is_looked_for_by_default(world: World) -> None:
    """As the credential makes it: on a machine without the agent the metadata service is asked."""
    world.http.answers = [answer()]
    assert token(world, ManagedIdentity().in_use(world.surroundings()))
    assert "169.254.169.254" in world.http.requests[0].url


def test_default_agent_names_its_folder(world: World) -> None:
    """As the credential makes it, with the platform's own folder."""
    world.environ.update(ARC)
    world.http.answers = [challenge("/etc/shadow")]
    assert "/var/opt/azcmagent/tokens" in str(refusal(world, ManagedIdentity().in_use(world.surroundings())))


def test_on_event_loops_and_in_threads(mode: Mode, world: World) -> None:
    """The same on asyncio, trio and threads."""
    world.http.answers = [answer()] * 4
    used = IdentityHost(Selector(), world.surroundings(runtime=mode.runtime), agent=NO_AGENT)

    async def ask() -> str:
        return (await used.token(SCOPES, tenant_id=None, claims=None)).access_token.reveal()

    assert mode.run(lambda: mode.gather(*[ask] * 4)) == ["canary-token"] * 4


def test_another_tenant_than_the_own_is_refused(world: World) -> None:
    """The token would be of the identity's own tenant, and kept as one of the other: the caller is told instead."""
    world.environ |= APP
    used = IdentityHost(Selector(), world.surroundings(tenant_id=GUID), agent=NO_AGENT)
    world.http.answers = [answer()]
    assert world.run(used.token(SCOPES, tenant_id=GUID.upper(), claims=None)).access_token.reveal() == "canary-token"
    with pytest.raises(ConfigurationError, match="gets tokens of its own tenant alone"):
        world.run(used.token(SCOPES, tenant_id=GUID.replace("a", "b"), claims=None))
    assert len(world.http.requests) == 1
