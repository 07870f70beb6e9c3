"""The account of the Azure CLI."""

import json
import time
from typing import Any

import pytest

from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.credentials import AzureCli
from azuread_auth.credentials.base import AppTokenSource
from azuread_auth.errors import ConfigurationError, CredentialUnavailable, ProviderUnavailable
from azuread_auth.ports import CommandResult
from tests.conftest import Mode
from tests.unit.credentials.conftest import NOW, TENANT, World, shown

SCOPES = ("https://vault.azure.net/.default",)


def printed(text: str = "", *, exit_code: int = 0, stderr: str = "", **members: Any) -> CommandResult:
    """What az printed: the text, or an answer with a token and the members."""
    answer = {"accessToken": "canary-token", "expires_on": int(NOW) + 3600, "tokenType": "Bearer", **members}
    stdout = text if text or exit_code else json.dumps(answer)
    return CommandResult(exit_code=exit_code, stdout=stdout.encode(), stderr=stderr.encode())


def ask(world: World, *, scopes: tuple[str, ...] = SCOPES, **arguments: Any) -> ReceivedToken:
    """A token by az."""
    used = AzureCli().in_use(world.surroundings())
    given: dict[str, Any] = {"tenant_id": None, "claims": None} | arguments
    return world.run(used.token(scopes, **given))  # type: ignore[arg-type]


def refusal(world: World, **arguments: Any) -> str:
    """The message of the CredentialUnavailable in which it must end."""
    with pytest.raises(CredentialUnavailable) as caught:
        ask(world, **arguments)
    assert "canary" not in shown(caught.value)
    return str(caught.value)


def test_command_is_exactly_this(world: World) -> None:
    """No colours and no notices, which would be in the way of JSON."""
    world.commands.results = [printed(), printed()]
    token = ask(world)
    assert token.access_token.reveal() == "canary-token"
    assert token.expires_at == NOW + 3600
    ask(world, tenant_id=TENANT)
    command = ["az", "account", "get-access-token", "--output", "json"]
    environ = {"AZURE_CORE_NO_COLOR": "true", "AZURE_CORE_ONLY_SHOW_ERRORS": "true"}
    assert world.commands.runs == [
        ([*command, "--scope", *SCOPES], 10, environ),
        ([*command, "--tenant", TENANT, "--scope", *SCOPES], 10, environ),
    ]


def test_patience_is_an_option(world: World) -> None:
    """The CLI is slow on some machines."""
    world.commands.results = [printed()]
    used = AzureCli(timeout_seconds=60).in_use(world.surroundings())
    world.run(used.token(SCOPES, tenant_id=None, claims=None))  # type: ignore[arg-type]
    assert world.commands.runs[0][1] == 60


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), True, "10", None])
def test_patience_is_a_number_of_seconds(seconds: Any) -> None:
    """Anything else is refused at once."""
    with pytest.raises(ConfigurationError, match="AzureCli: timeout_seconds is not a number above 0"):
        AzureCli(timeout_seconds=seconds)


def test_accounts_share_no_tokens(world: World) -> None:
    """Another process may be signed in as somebody else: each has its own part of the cache."""
    one, two = (AzureCli().in_use(world.surroundings()) for _ in range(2))
    assert isinstance(one, AppTokenSource)
    assert one.flow == "azure_cli"
    assert one.identity != two.identity


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({"scopes": ()}, "a scope has characters", id="no scope"),
        pytest.param({"scopes": ("--debug",)}, "a scope has characters", id="an option"),
        pytest.param({"scopes": ("api://x & calc",)}, "a scope has characters", id="another command"),
        pytest.param({"scopes": ("api://x%PATH%",)}, "a scope has characters", id="a variable"),
        pytest.param({"scopes": ("api://x\n",)}, "a scope has characters", id="a line break"),
        pytest.param({"tenant_id": "--debug"}, "the tenant is neither", id="an option as tenant"),
        pytest.param({"tenant_id": "a b"}, "the tenant is neither", id="a space in the tenant"),
        pytest.param({"tenant_id": ""}, "the tenant is neither", id="empty tenant"),
    ],
)
def test_arguments_that_no_command_line_should_have(world: World, arguments: dict[str, Any], message: str) -> None:
    """Nothing is run: on Windows az is a batch file, which reads its arguments a second time."""
    with pytest.raises(ConfigurationError, match=message):
        ask(world, **arguments)
    assert world.commands.runs == []


def test_challenge_is_for_the_person(world: World) -> None:
    """The program cannot answer it; what to run is told, and the claims are not repeated."""
    message = refusal(world, claims='{"access_token":{"acrs":{"value":"c1"}}}')
    assert "az login --claims-challenge" in message
    assert "c1" not in message


def test_capabilities_are_no_challenge(world: World) -> None:
    """They are told with every request."""
    world.commands.results = [printed()]
    assert ask(world, claims='{"access_token":{"xms_cc":{"values":["CP1"]}}}')


@pytest.mark.parametrize(
    ("result", "message"),
    [
        pytest.param(
            printed(exit_code=1, stderr="ERROR: Please run 'az login' to setup account. canary"),
            "AzureCli: nobody is signed in to the Azure CLI; run `az login`",
            id="nobody signed in",
        ),
        pytest.param(
            printed(exit_code=1, stderr="AADSTS700082: The refresh token has expired. canary. Run az login"),
            "AzureCli: az gets no token (AADSTS700082); run `az login` again",
            id="sign-in too old",
        ),
        pytest.param(
            printed(exit_code=2, stderr="canary"),
            "AzureCli: az ended with code 2; run `az login`, or update the CLI",
            id="something else",
        ),
        pytest.param(printed("canary"), "AzureCli: az printed something else than JSON", id="not JSON"),
        pytest.param(printed('["canary"]'), "AzureCli: az printed something else than JSON", id="not an object"),
        pytest.param(printed("{}"), "AzureCli: az printed no accessToken with its expiry", id="an empty object"),
        pytest.param(printed('{"accessToken":"x"}'), "AzureCli: az printed no accessToken with", id="no expiry"),
        pytest.param(printed('{"expires_on":1}'), "AzureCli: az printed no accessToken with", id="no token"),
        pytest.param(
            printed('{"accessToken":"x","expiresOn":"soon"}'), "AzureCli: az printed no accessToken with", id="no date"
        ),
    ],
)
def test_run_without_a_token(world: World, result: CommandResult, message: str) -> None:
    """What to do is told, what az printed is not."""
    world.commands.results = [result]
    assert refusal(world).startswith(message)


def test_older_versions_print_local_time(world: World) -> None:
    """Before 2.54 there is no other."""
    local = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(NOW + 1800)) + ".250000"
    world.commands.results = [printed(expires_on=None, expiresOn=local)]
    assert ask(world).expires_at == NOW + 1800.25


def test_T121_token_that_no_header_can_carry(world: World) -> None:
    """T121: refused before it is used."""
    world.commands.results = [printed(accessToken="canary\r\nX: 1")]
    with pytest.raises(ProviderUnavailable) as caught:
        ask(world)
    assert "canary" not in str(caught.value)


def test_one_run_at_a_time(mode: Mode, world: World) -> None:
    """On asyncio, trio and threads: the program is not started several times at once."""
    running: list[int] = []
    most: list[int] = []

    class Slow:
        async def run(self, *arguments: Any, **options: Any) -> CommandResult:
            running.append(1)
            most.append(len(running))
            await mode.runtime.sleep(0.02)
            running.pop()
            return printed(expires_on=None, expiresOn="2199-01-01 00:00:00.000000")

    used = AzureCli().in_use(world.surroundings(runtime=mode.runtime, commands=Slow()))

    async def one() -> str:
        return (await used.token(SCOPES, tenant_id=None, claims=None)).access_token.reveal()  # type: ignore[union-attr]

    assert mode.run(lambda: mode.gather(*[one] * 4)) == ["canary-token"] * 4
    assert max(most) == 1


def test_real_program(mode: Mode, world: World, tmp_path: Any) -> None:
    """A program called az on the PATH is run, and its answer read."""
    program = tmp_path / "az"
    program.write_text('#!/bin/sh\necho \'{"accessToken": "\'$AZURE_CORE_NO_COLOR$#\'", "expires_on": 9999999999}\'\n')
    program.chmod(0o755)
    commands = mode.commands(environ={"PATH": f"{tmp_path}:/bin:/usr/bin"})
    used = AzureCli().in_use(world.surroundings(runtime=mode.runtime, commands=commands))

    async def body() -> str:
        return (await used.token(SCOPES, tenant_id=None, claims=None)).access_token.reveal()  # type: ignore[union-attr]

    assert mode.run(body) == "true6"


def test_absent_program(world: World, threads_mode: Mode, tmp_path: Any) -> None:
    """Told as what it is."""
    commands = threads_mode.commands(environ={"PATH": str(tmp_path)})
    used = AzureCli().in_use(world.surroundings(commands=commands))
    with pytest.raises(CredentialUnavailable, match="az is not installed"):
        world.run(used.token(SCOPES, tenant_id=None, claims=None))  # type: ignore[arg-type, union-attr]
