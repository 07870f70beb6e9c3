"""No secret, no name and no id gets into a recording, by any flow, in any encoding, in good times and bad."""

import base64
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azuread_auth.errors import AzureAdError
from azuread_auth.simulation import Recording
from azuread_auth.stores.memory import MemoryStore
from tests.conftest import Mode
from tests.integration.outbound import Caller, World
from tests.integration.outbound_flows import FLOWS, megan
from tests.security.outbound_canaries import printed_errors
from tests.security.planted_canaries import (
    ALL_SPELLINGS,
    EMAIL,
    OBJECT_ID,
    SECRET,
    PlantedTenant,
    found_in,
    planted_challenge,
)

DISTURBANCES: list[dict[str, Any]] = [
    {"aadsts": 50076, "claims": planted_challenge()},
    {"aadsts": 50013},
    {"status": 400, "body": {"error": SECRET, "suberror": SECRET, "claims": planted_challenge(), "trace_id": SECRET}},
    {"status": 400, "body": {"error": "csecretcanary", "error_codes": [SECRET, OBJECT_ID, 4915112345678]}},
    {"status": 400, "body": {"error": {"code": SECRET, "message": EMAIL}, "claims": SECRET}},
    {"status": 200, "body": {"access_token": SECRET, "token_type": "Bearer", "scope": SECRET, "expires_in": SECRET}},
]


@pytest.fixture
def world(threads_mode: Mode, tmp_path: Path) -> Iterator[World]:
    """A tenant that plants secrets, and a folder for what credentials need."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    with PlantedTenant(now=threads_mode.clock.now) as tenant:
        yield World(tenant=tenant, mode=threads_mode, store=MemoryStore(), folder=folder)


def recorded(world: World, name: str, path: Path, errors: list[AzureAdError] | None = None) -> bytes:
    """What is in the file after the flow in good times and bad; what went wrong is added to `errors`."""
    flow = FLOWS[name]
    settings = replace(world.settings(flow), simulation=Recording(path), cache_enabled=False)

    async def attempt(step: Any) -> None:
        caller = Caller(world.mode, settings, world.store, environ=flow.environ(world))
        try:
            await step(world, caller)
        except AzureAdError as error:
            if errors is not None:
                errors.append(error)
        finally:
            await caller.close()

    world.mode.run(lambda: attempt(flow.first))
    world.mode.run(lambda: attempt(flow.ask))
    for kind in ("token", "managed_identity", "devicecode"):
        for disturbance in DISTURBANCES:
            world.tenant.fail(kind, **disturbance, times=1)
            world.mode.run(lambda: attempt(flow.ask))
            world.tenant.come_up()
    return path.read_bytes()


def secrets_of(world: World) -> set[str]:
    """All that was planted or seen, and who there is."""
    tenant = world.tenant
    assert isinstance(tenant, PlantedTenant)
    people = [tenant.principal(user=name) for name in ("megan", "adele")]
    known = {tenant.client_secret, tenant.tenant_id, tenant.client_id, megan(world).object_id}
    for person in people:
        known |= {person.object_id, person.name or "", person.username or "", person.email or ""}
    files = {file.read_text() for file in world.folder.iterdir() if file.name in ("federated-token", "assertion")}
    return {secret for secret in (tenant.seen | known | files) if len(secret) >= 10}


@pytest.mark.parametrize("name", FLOWS)
def test_T126_nothing_secret_is_recorded(world: World, tmp_path: Path, name: str) -> None:
    """T126: not in any flow, not from any position of a request or answer, not in any encoding."""
    content = recorded(world, name, tmp_path / "tokens.json")
    assert json.loads(content)["exchanges"]
    assert found_in(content, secrets_of(world)) == []


@pytest.mark.parametrize("name", ["secret", "workload identity", "on behalf of", "managed identity, app_service"])
def test_T112_recording_shows_no_secret_in_errors_and_logs(
    world: World, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """T112: not in a message, not in the locals of a frame, not in the log, while everything is recorded."""
    caplog.set_level(logging.DEBUG)
    errors: list[AzureAdError] = []
    recorded(world, name, tmp_path / "tokens.json", errors)
    texts = [text for error in errors for text in printed_errors(error)]
    texts += [f"{record.getMessage()} {vars(record)}" for record in caplog.records]
    assert errors
    assert isinstance(world.tenant, PlantedTenant)
    assert [secret for secret in world.tenant.tokens if any(secret in text for text in texts)] == []


def test_T126_the_search_finds_what_is_there() -> None:
    """T126: a search that finds nothing anywhere would prove nothing."""
    for spelling in ALL_SPELLINGS:
        content = json.dumps({"a": f"x{spelling}y"}).encode()
        assert found_in(content, {SECRET, EMAIL, OBJECT_ID, "Adele Kanarienvogel"}), spelling
    nested = base64.b64encode(f"with {OBJECT_ID}".encode())
    assert found_in(b'{"token": "%s"}' % nested, {OBJECT_ID})


def test_T126_compressed_answers_are_not_looked_into(world: World, tmp_path: Path) -> None:
    """T126: what is gzip is no JSON, and of what is no JSON nothing is kept."""
    assert isinstance(world.tenant, PlantedTenant)
    world.tenant.is_gzipped = True
    content = recorded(world, "secret", tmp_path / "tokens.json")
    assert found_in(content, secrets_of(world)) == []


def test_T126_scopes_that_name_somebody_do_not(world: World, tmp_path: Path) -> None:
    """T126: scopes stay readable; addresses, ids of others and what looks random in them do not stay."""
    path = tmp_path / "tokens.json"
    settings = replace(world.settings(FLOWS["secret"]), simulation=Recording(path))
    caller = Caller(world.mode, settings, world.store)
    for scope in (
        f"api://{OBJECT_ID}",
        f"api://{EMAIL}",
        f"api://x/{OBJECT_ID.replace('-', '')}",
        "api://a%40b.example",
    ):
        world.mode.run(lambda scope=scope: caller.ask("acquire_token_for_app", f"{scope}/.default"))
    random = "q2Xd8JvT0pLmZk5WcRb7YnHs3FgA6uEe"
    world.mode.run(lambda: caller.ask("acquire_token_for_app", f"api://{random}/.default"))
    content = path.read_bytes()
    assert found_in(content, {OBJECT_ID, EMAIL, random, "a%40b.example"}) == []
    assert b"api://{other-1}/.default" in content
    world.mode.run(caller.close)
