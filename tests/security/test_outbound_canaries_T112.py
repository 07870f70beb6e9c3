"""No secret is shown anywhere, by any flow, in good times and bad."""

import base64
import itertools
import json
import logging
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from azuread_auth.credentials import (
    AzureCli,
    AzureIdentity,
    ClientAssertion,
    ClientCertificate,
    Credential,
    WorkloadIdentity,
)
from azuread_auth.errors import AzureAdError
from azuread_auth.observability.opentelemetry import OpenTelemetryObserver
from azuread_auth.stores.default import default_store
from tests.conftest import TRUSTING_NOBODY, Mode
from tests.integration.outbound import ORDERS_DEFAULT, Caller, World
from tests.integration.outbound_flows import FLOWS
from tests.redis_server import RedisServer
from tests.security.outbound_canaries import (
    Canaries,
    Everything,
    WatchedTenant,
    copied,
    hits,
    printed_errors,
    reachable,
    shown,
)

PASSWORD = "canary-redis-password"
ENCRYPTION_KEY = base64.b64encode(b"canary-encryption-key-of-32-byte").decode()
CLAIM = "canary-value"
BODY = "canary-body-of-the-provider"
DISTURBANCES: list[dict[str, Any]] = [
    {"aadsts": 7000215},
    {"aadsts": 700027},
    {"aadsts": 50013},
    {"aadsts": 50076, "claims": f'{{"access_token":{{"x":{{"value":"{CLAIM}"}}}}}}'},
    {"aadsts": 65001},
    {"error": "invalid_grant", "status": 400},
    {"status": 400, "body": f"<html>{BODY}</html>"},
    {"status": 200, "body": f'{{"access_token": "{BODY}", "token_type": 5}}'},
    {"status": 200, "body": f'{{"access_token": "{BODY}'},
    {"status": 200, "body": f'{{"token_type": "Bearer", "expires_in": 3600, "access_token": "{BODY}\\u00e9\\r\\n"}}'},
    {"status": 429, "retry_after": 60, "body": BODY},
]


class Lab:
    """Everything that observes one tenant and its clients."""

    def __init__(self, mode: Mode, folder: Path, redis: RedisServer) -> None:
        self.canaries = Canaries()
        self.log = Everything()
        self.tenant = WatchedTenant()
        self.tenant.canaries = self.canaries
        self.tenant.serve()
        self.redis = redis
        self.spans, self.metrics = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracers, self.meters = TracerProvider(), MeterProvider([self.metrics])
        self.tracers.add_span_processor(SimpleSpanProcessor(self.spans))
        self.observer = OpenTelemetryObserver(meter_provider=self.meters, tracer_provider=self.tracers)
        self.mode, self.folder = mode, folder
        self.errors: list[BaseException] = []
        self.kept: list[object] = []
        self.stores: list[Any] = []
        self.canaries.watch("redis password", PASSWORD)
        self.canaries.watch("encryption key", ENCRYPTION_KEY, base64.b64decode(ENCRYPTION_KEY))
        self.canaries.watch("provider's body", BODY)
        self.canaries.watch("client_secret", self.tenant.client_secret)

    def close(self) -> None:
        for store in self.stores:
            self.mode.run(store.aclose)
        self.tenant.close()
        self.meters.shutdown()
        self.tracers.shutdown()


@pytest.fixture
def lab(mode: Mode, tmp_path: Path, disposable_redis: Callable[..., RedisServer]) -> Iterator[Lab]:
    """A tenant over HTTP, a Redis with a password, and every logger at DEBUG."""
    redis = disposable_redis("--requirepass", PASSWORD, password=PASSWORD)
    made = Lab(mode, tmp_path, redis)
    with logged(made.log):
        yield made
    made.close()


@contextmanager
def logged(handler: logging.Handler) -> Iterator[None]:
    """Let the handler see each record of each library."""
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield
    root.removeHandler(handler)
    root.setLevel(level)


class Observed(World):
    """A world whose clients have a store with secrets, and an observer."""

    lab: Lab

    def caller(self, flow: Any) -> Caller:
        """One more client."""
        settings = self.settings(flow)
        environ = {**TRUSTING_NOBODY, **flow.environ(self)}
        made = Caller(self.mode, settings, self.store, environ=environ, observer=self.lab.observer)
        self.callers.append(made)
        return made


def world_of(lab: Lab, name: str) -> Observed:
    """A client's surroundings for one flow."""
    folder = lab.folder / name.replace("#", "").replace(" ", "-").replace(",", "")
    folder.mkdir()
    settings = lab.tenant.settings(redis_url=lab.redis.url, encryption_keys=[ENCRYPTION_KEY])
    lab.kept.append(settings)
    store = default_store(settings, observer=lab.observer)
    lab.stores.append(store)
    made = Observed(tenant=lab.tenant, mode=lab.mode, store=store, folder=folder, is_over_http=True)
    made.lab = lab
    lab.tenant.behaviour.token_lifetime_seconds = 3600
    return made


async def attempt(lab: Lab, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Do it, and keep what it gives or raises."""
    try:
        lab.kept.append(await work())
    except AzureAdError as error:
        lab.errors.append(error)


def run_flow(lab: Lab, name: str) -> None:
    """The flow in good times, and in all bad ones."""
    flow, world = FLOWS[name], world_of(lab, name)

    async def body() -> None:
        caller = world.caller(flow)
        await attempt(lab, lambda: flow.first(world, caller))
        await attempt(lab, lambda: flow.ask(world, caller))
        # A device goes on asking where waiting may help.
        bad = DISTURBANCES[:6] if name == "device code" else DISTURBANCES
        asked = [kind for kind in ("token", "managed_identity") if lab.tenant.request_count(kind)]
        for kind, disturbance in itertools.product(asked, bad):
            lab.redis.ask("FLUSHALL")
            lab.tenant.fail(kind, **disturbance)
            await attempt(lab, lambda: flow.first(world, world.caller(flow)))
            lab.tenant.come_up()

    lab.mode.run(body)
    watch_files(lab, world.folder)
    lab.kept += [caller.client for caller in world.callers]
    for caller in world.callers:
        lab.mode.run(caller.close)


def watch_files(lab: Lab, folder: Path) -> None:
    """What the flow wrote down for itself is secret: keys, assertions and answers of programs."""
    for file in folder.iterdir():
        if file.name == "certificate.pem":
            lab.canaries.watch("private key", *file.read_text().splitlines()[1:5])
        elif file.name in ("federated-token", "assertion"):
            lab.canaries.watch(file.name, file.read_text())
        elif file.name == "az-answer":
            lab.canaries.watch("answer of az", json.loads(file.read_text())["accessToken"])


def everything(lab: Lab) -> dict[str, list[str]]:
    """All texts that there are, by where they are."""
    objects = reachable(*lab.kept, *lab.errors)
    return {
        "logs": lab.log.lines,
        "errors": [text for error in lab.errors for text in printed_errors(error)],
        "spans": [span.to_json() for span in lab.spans.get_finished_spans()],
        "metrics": [data.to_json() for data in [lab.metrics.get_metrics_data()] if data is not None],
        "objects": [text for each in objects for text in shown(each)],
        "copies": [text for each in (*lab.kept, *lab.errors) for text in copied(each)],
    }


# azure-identity talks to no http:// authority: it is tried in process, in the test of the flows.
@pytest.mark.parametrize("name", [name for name in FLOWS if name != "azure-identity"])
def test_T112_secrets_are_shown_nowhere(lab: Lab, name: str) -> None:
    """T112: not in logs, errors, tracebacks with locals, spans, metrics, reprs, copies or pickles."""
    run_flow(lab, name)
    texts = everything(lab)
    assert lab.canaries.names
    assert name == "azure cli" or (lab.errors and texts["spans"])
    assert all(texts[kind] for kind in ("logs", "metrics", "objects", "copies"))
    found = [f"{kind} {hit}" for kind, each in texts.items() for hit in hits(lab.canaries, each)]
    assert CLAIM not in "".join([*texts["logs"], *map(str, lab.errors), *map(repr, lab.errors)])
    assert not found, "\n".join(found)


def failing_callable() -> str:
    """An assertion's source that fails. Its error is the application's own, and is told as the cause."""
    message = "cannot sign"
    raise ValueError(message)


class FailingCredential:
    """A foreign credential that does so too."""

    def get_token(self, *scopes: str, **options: object) -> object:
        """Fail."""
        return failing_callable()


def bad_sources(lab: Lab) -> dict[str, Credential]:
    """Credentials that give nothing."""
    pem = lab.tenant.make_certificate().encrypted_pem(PASSWORD)
    file = lab.folder / "token"
    file.write_text(f"{BODY} \n{BODY}")
    program = lab.folder / "az"
    program.write_text(f'#!/bin/sh\necho \'{{"accessToken": "{BODY}"\'\necho {BODY} >&2\nexit "$AZ_STATUS"\n')
    program.chmod(0o755)
    return {
        "callable": ClientAssertion(failing_callable),
        "callable that gives nonsense": ClientAssertion(lambda: f"{BODY} {BODY}"),
        "foreign credential": AzureIdentity(FailingCredential()),
        "token file": WorkloadIdentity(token_file=file),
        "wrong password": ClientCertificate(data=pem, password=f"{BODY}-wrong"),
        "no password": ClientCertificate(data=pem),
        "not a key": ClientCertificate(data=f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----"),
        "az with nonsense": AzureCli(),
        "az that fails": AzureCli(),
    }


@pytest.mark.parametrize("is_redis_there", [True, False], ids=["with redis", "without redis"])
def test_T112_credentials_that_fail_show_nothing(lab: Lab, is_redis_there: bool) -> None:
    """T112: what a file, a callable, a program or another library gave or said in its failure is not passed on."""
    settings = lab.tenant.settings(redis_url=lab.redis.url, encryption_keys=[ENCRYPTION_KEY], transport=None)
    if not is_redis_there:
        lab.redis.kill()

    async def body() -> None:
        for name, credential in bad_sources(lab).items():
            environ = {"PATH": f"{lab.folder}{os.pathsep}{os.defpath}", "AZ_STATUS": "1" if "fails" in name else "0"}
            caller = Caller(lab.mode, replace(settings, credential=credential), environ=environ, observer=lab.observer)
            lab.kept.append(caller.client)
            await attempt(lab, lambda: caller.ask("acquire_token_for_app", ORDERS_DEFAULT))  # noqa: B023 - done at once
            await caller.close()

    lab.mode.run(body)
    assert len(lab.errors) == len(bad_sources(lab))
    found = [f"{kind} {hit}" for kind, each in everything(lab).items() for hit in hits(lab.canaries, each)]
    assert not found, "\n".join(found)
