"""A provider's metadata and keys: fetched seldom, through outages, rollovers and floods."""

import json
import time
from email.utils import formatdate

import pytest

from azuread_auth._adapters.in_process import InProcessHttp
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.errors import ProviderUnavailable, TokenRejected
from azuread_auth.ports import HttpPort, TransportAnswer
from azuread_auth.principal import Principal
from azuread_auth.rejection import RejectionReason as Reason
from azuread_auth.settings import ANY_TENANT
from azuread_auth.simulation.keys import base64url, throwaway_key
from tests.unit._core.conftest import HOUR, Scene


def test_metadata_and_keys_are_fetched_once(scene):
    """Whatever is asked, both documents are fetched when first needed and kept."""
    assert scene.fetches == (0, 0)
    for _ in range(5):
        scene.accept_new()
    assert scene.fetches == (1, 1)
    (loaded,) = scene.core.named("keys.loaded")
    assert (loaded.fields["version"], loaded.fields["keys"], loaded.fields["skipped"]) == (2, 4, 0)


def test_T56_version_1_is_loaded_when_a_token_of_it_comes(scene):
    """T56: each version has its own metadata and keys, and none is fetched in vain."""
    scene.accept_new(version=2)
    assert scene.fetches == (1, 1)
    for _ in range(3):
        assert scene.accept_new(version=1).token_version == "1.0"
    assert scene.fetches == (2, 2)
    paths = [request.url.removeprefix(scene.tenant.authority_host) for request in scene.tenant.requests]
    assert paths == [
        f"/{scene.tenant.tenant_id}/v2.0/.well-known/openid-configuration",
        f"/{scene.tenant.tenant_id}/discovery/v2.0/keys",
        f"/{scene.tenant.tenant_id}/.well-known/openid-configuration",
        "/common/discovery/keys",
    ]


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_b2c_has_one_set_of_keys_whatever_tokens_say(core, version):
    """B2C says ver 1.0 in tokens of version 2: the configured authority decides which keys are fetched."""
    tenant = core.tenant()
    url = tenant.b2c_authority_url("B2C_1_SignIn")
    engine = core.engine(tenant, authority_url=url)
    token = tenant.mint_token(authority_url=url, claims={"ver": version})
    principal = core.run(lambda: engine.validate_token(token))
    assert principal.tenant_id == tenant.tenant_id
    assert (tenant.request_count("discovery"), tenant.request_count("keys")) == (1, 1)


def test_external_id_is_served(core):
    """External ID: the authority is another host, its tokens are version 2."""
    tenant = core.tenant()
    engine = core.engine(tenant, authority_url=tenant.external_id_authority_url)
    token = tenant.mint_token(authority_url=tenant.external_id_authority_url)
    assert core.run(lambda: engine.validate_token(token)).tenant_id == tenant.tenant_id


class RecordingHttp:
    """Notes each request and passes it on."""

    def __init__(self, http: HttpPort) -> None:
        self._http = http
        self.requests: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        return await self._http.send(request)

    async def aclose(self) -> None:
        await self._http.aclose()


def test_T47_requests_are_bounded(core):
    """R03, T47: the settings' time-out, a megabyte at most, and no compression that could unpack to more."""
    tenant = core.tenant()
    http = RecordingHttp(InProcessHttp(tenant, core.runtime))
    core.run(core.engine(tenant, http=http, timeout_seconds=3).warm_up)
    assert [(each.method, each.timeout_seconds, each.max_response_bytes) for each in http.requests] == [
        ("GET", 3, 1_048_576)
    ] * 2
    assert {each.headers["accept-encoding"] for each in http.requests} == {"identity"}


def test_R02_keys_are_refreshed_hourly_and_metadata_twice_a_day(warm):
    """R02: a day of refreshes fetches keys each hour, metadata when it is 12 hours old."""
    for _ in range(24):
        warm.core.clock.advance(HOUR)
        warm.refresh()
    assert warm.fetches == (3, 25)


def test_metadata_is_fetched_anew_when_it_may_be_why_keys_failed(warm):
    """R04: after a failure the address of the keys is asked for again, in case it has moved."""
    warm.tenant.fail("keys", status=404, times=1)
    warm.core.clock.advance(HOUR)
    warm.refresh()
    assert warm.fetches == (1, 2)
    warm.core.clock.advance(30)
    warm.refresh()
    assert warm.fetches == (2, 3)


GARBAGE = [
    pytest.param({"body": "<!doctype html><title>Sign in to the Wi-Fi</title>"}, id="R04 T62 HTML"),
    pytest.param({"body": b""}, id="R04 empty"),
    pytest.param({"body": b'{"keys": ['}, id="R04 cut short"),
    pytest.param({"body": b" " * 1_048_577}, id="T47 R04 more than a megabyte"),
    pytest.param({"body": {"keys": [throwaway_key(0).jwk()] * 1001}}, id="T47 1,001 keys"),
    pytest.param({"body": {"keys": []}}, id="R04 no keys"),
    pytest.param({"body": {"keys": [{"kty": "EC", "crv": []}, None]}}, id="T46 no good key"),
    pytest.param({"body": b"[" * 1_000_000}, id="R04 nested without end"),
    pytest.param({"status": 302, "headers": {"location": "https://evil.test/keys"}}, id="T115 a redirect"),
    pytest.param({"status": 500, "body": "error"}, id="R04 a server error"),
]


@pytest.mark.parametrize("failure", GARBAGE)
def test_R04_garbage_in_place_of_keys_keeps_the_old_ones(warm, failure):
    """R04, T47, T115: what is no key set changes nothing, and is told once."""
    failure = {"status": 200, **failure}
    warm.tenant.fail("keys", **failure)
    warm.core.clock.advance(HOUR)
    warm.refresh()
    warm.refresh()
    assert warm.accept_new().kind == "user"
    (told,) = warm.core.named("keys.unavailable")
    assert (told.fields["retry_after"], told.fields["age_seconds"]) == (30, 3600)
    assert "Wi-Fi" not in told.message
    assert "evil" not in told.message


@pytest.mark.parametrize("kind", ["discovery", "keys"])
@pytest.mark.parametrize("failure", GARBAGE)
def test_R01_garbage_at_the_start_is_an_outage(scene, kind, failure):
    """R01, R04: with nothing to serve from, no token can be judged; the next try is a second later."""
    scene.tenant.fail(kind, **{"status": 200, **failure})
    token = scene.tenant.mint_token()
    assert [scene.fail(token) for _ in range(3)] == [1, 1, 1]
    assert scene.tenant.request_count(kind) == 1
    (told,) = scene.core.named("keys.unavailable")
    assert "no keys to serve with" in told.message
    assert "age_seconds" not in told.fields
    scene.tenant.come_up()
    scene.core.clock.advance(1)
    assert scene.accept(token).kind == "user"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"issuer": "https://login.evil.test/v2.0"}, id="T62 issuer of another host"),
        pytest.param({"jwks_uri": "https://evil.test/keys"}, id="T62 keys on another host"),
        pytest.param({"jwks_uri": "http://login.azuread-auth.test/keys"}, id="T62 keys over http"),
        pytest.param({"token_endpoint": "https://evil.test/token"}, id="T62 an endpoint on another host"),
        pytest.param({"jwks_uri": "https://login.azuread-auth.test\\@evil.test/keys"}, id="T62 a backslash"),
    ],
)
def test_T62_metadata_that_cannot_be_trusted_is_an_outage(scene, change):
    """T62: 503 while it lasts, and nothing that the document names is asked."""
    url = f"{scene.tenant.authority_host}/{scene.tenant.tenant_id}/v2.0/.well-known/openid-configuration"
    answer: TransportAnswer = scene.tenant.answer(HttpRequest(url=url))
    assert answer.response is not None
    scene.tenant.fail("discovery", status=200, body={**json.loads(answer.response.body), **change})
    scene.fail(scene.tenant.mint_token())
    assert scene.tenant.request_count("keys") == 0
    assert scene.tenant.request_count("other") == 0


@pytest.mark.parametrize(
    ("retry_after", "waits"),
    [
        pytest.param(7, 7, id="R05 seconds"),
        pytest.param(86_400, 300, id="R05 a day is cut to five minutes"),
        pytest.param(-5, 1, id="R05 negative"),
        pytest.param("soon", 1, id="R05 nonsense"),
        pytest.param(None, 1, id="R05 nothing"),
        pytest.param(formatdate(1_800_000_020, usegmt=True), 20, id="R05 a date"),
    ],
)
def test_R05_the_provider_says_when_to_come_back(scene, retry_after, waits):
    """R05: a 429 or 503 with Retry-After is obeyed, within limits, and no caller asks before."""
    scene.tenant.fail("discovery", status=429, retry_after=retry_after)
    token = scene.tenant.mint_token()
    assert scene.fail(token) == waits
    scene.core.clock.advance(waits - 0.5)
    assert scene.fail(token) == 0.5
    assert scene.fetches == (1, 0)


def test_R01_a_provider_that_is_down_at_the_start(scene):
    """R01: 503 until it is up, then good without anybody's doing."""
    scene.tenant.go_down()
    token = scene.tenant.mint_token()
    assert scene.fail(token) == 1
    with pytest.raises(ProviderUnavailable):
        scene.core.run(scene.engine.warm_up)
    scene.tenant.come_up()
    scene.core.clock.advance(1)
    assert scene.accept(token).kind == "user"


def test_R02_a_day_without_the_provider(warm):
    """R02: good tokens, new ones and old ones, are let in for the whole of a day's outage and another day."""
    warm.tenant.go_down()
    for _ in range(47):
        warm.core.clock.advance(HOUR)
        warm.refresh()
        assert warm.accept_new().kind == "user"
    warm.core.clock.advance(HOUR)
    assert 0 < warm.fail(warm.tenant.mint_token()) <= 300


def test_R02_remembered_tokens_are_not_believed_without_keys(warm):
    """R02: when the keys are too old, what they signed is not good any more, even if it was seen before."""
    token = warm.tenant.mint_token(expires_in=100 * HOUR)
    warm.accept(token)
    warm.tenant.go_down()
    warm.core.clock.advance(50 * HOUR)
    assert warm.engine.validator.recall(token.encode()) is None
    warm.fail(token)


def test_R03_callers_do_not_wait_for_a_slow_provider(warm):
    """R03: while a refresh hangs, tokens are judged by the keys that are there."""
    warm.tenant.slow_down(1.0)
    warm.core.clock.advance(HOUR)
    started_at = time.perf_counter()
    for _ in range(5):
        warm.accept_new()
    assert time.perf_counter() - started_at < 0.5
    assert len(warm.core.runtime.background) == 1


def test_R03_a_provider_that_hangs_is_given_up(core):
    """R03: the settings' time-out ends the wait."""
    scene = Scene(core, timeout_seconds=0.05)
    scene.tenant.slow_down(5.0)
    started_at = time.perf_counter()
    scene.fail(scene.tenant.mint_token())
    assert time.perf_counter() - started_at < 1


def test_R06_a_planned_rollover_fails_nobody(warm):
    """R06: a key that is published before it signs is there when its first token comes, without a fetch of its own."""
    old = warm.tenant.mint_token()
    warm.tenant.publish_key()
    warm.core.clock.advance(HOUR)
    warm.refresh()
    fetches = warm.fetches
    warm.tenant.rotate_keys()
    assert warm.accept_new().kind == "user"
    assert warm.accept(old).kind == "user"
    assert warm.fetches == fetches


def test_R06_a_rollover_before_the_refresh_costs_one_fetch(warm):
    """R06: the first token of a key that is not known yet fetches the keys for all."""
    warm.tenant.rotate_keys()
    tokens = [warm.tenant.mint_token() for _ in range(20)]

    async def body() -> list[Principal]:
        return await warm.core.mode.gather(*(lambda token=token: warm.engine.validate_token(token) for token in tokens))

    assert len(warm.core.run(body)) == 20
    assert warm.fetches == (1, 2)


def test_R07_an_emergency_rollover(warm):
    """R07, T51: the first token of the new key brings it in; tokens of the old keys, seen or not, are refused then."""
    seen, unseen = warm.tenant.mint_token(), warm.tenant.mint_token()
    warm.accept(seen)
    warm.tenant.rotate_keys(keep_old=False)
    assert warm.accept(seen).kind == "user"
    assert warm.accept_new().kind == "user"
    assert warm.engine.validator.recall(seen.encode()) is None
    assert (warm.refuse(seen), warm.refuse(unseen)) == (Reason.KEY_UNKNOWN, Reason.KEY_UNKNOWN)
    assert warm.fetches == (1, 2)


def test_T51_a_withdrawn_key_is_noticed_at_the_next_refresh(warm):
    """T51: without any new token, the hourly refresh ends what the withdrawn key signed."""
    token = warm.tenant.mint_token(expires_in=10 * HOUR)
    warm.accept(token)
    warm.tenant.rotate_keys(keep_old=False)
    warm.core.clock.advance(HOUR)
    warm.refresh()
    assert warm.refuse(token) is Reason.KEY_UNKNOWN


def test_T30_a_flood_of_unknown_kids(warm):
    """T30: 10,000 tokens with kids of their own cause one fetch; each is refused, good ones are let in meanwhile."""
    good = warm.tenant.mint_token()
    warm.accept(good)
    template = warm.tenant.mint_token(fault="unknown-kid").partition(".")[2]

    async def flood() -> int:
        refused = 0
        for index in range(10_000):
            header = json.dumps({"alg": "RS256", "kid": f"{index:09}"}).encode()
            try:
                await warm.engine.validator.validate(f"{base64url(header)}.{template}".encode())
            except TokenRejected as error:
                refused += error.reason is Reason.KEY_UNKNOWN
            if index % 1000 == 0:
                await warm.engine.validate_token(good)
        return refused

    assert warm.core.run(flood) == 10_000
    assert warm.fetches == (1, 2)
    warm.core.clock.advance(300)
    assert warm.refuse(warm.tenant.mint_token(fault="unknown-kid")) is Reason.KEY_UNKNOWN
    assert warm.fetches == (1, 3)


def test_T30_a_flood_from_many_callers_at_once(warm):
    """T30, R13: callers who come at the same time share the one fetch."""
    tokens = [warm.tenant.mint_token(fault="unknown-kid") for _ in range(64)]

    async def body() -> list[object]:
        return await warm.core.mode.settle(*(lambda token=token: warm.engine.validate_token(token) for token in tokens))

    outcomes = warm.core.run(body)
    assert all(isinstance(error, TokenRejected) and error.reason is Reason.KEY_UNKNOWN for error in outcomes)
    assert warm.fetches == (1, 2)


def test_R08_unknown_kids_during_an_outage(warm):
    """R08: whether they are good cannot be told, so 503; attempts back off, and good tokens are let in."""
    old = warm.tenant.mint_token()
    warm.tenant.go_down()
    warm.tenant.rotate_keys()
    token = warm.tenant.mint_token()
    assert [warm.fail(token) for _ in range(20)] == [30] * 20
    assert warm.fetches == (1, 2)
    warm.core.clock.advance(30)
    assert [warm.fail(token) for _ in range(20)] == [60] * 20
    assert warm.fetches == (2, 2)
    assert warm.accept(old).kind == "user"
    warm.tenant.come_up()
    warm.core.clock.advance(60)
    assert warm.accept(token).kind == "user"


def test_R09_a_cold_stampede(scene):
    """R09: 1,000 first requests at the same time are answered by one fetch of each document."""
    token = scene.tenant.mint_token()
    scene.tenant.slow_down(0.02)

    async def body() -> list[object]:
        return await scene.core.outcomes(lambda: scene.engine.validate_token(token), range(1000))

    outcomes = scene.core.run(body)
    assert {type(outcome) for outcome in outcomes} == {Principal}
    assert scene.fetches == (1, 1)


def test_R12_two_event_loops_share_what_was_fetched(scene):
    """R12: an application that runs on one loop after the other keeps its keys."""
    scene.accept_new()
    scene.accept_new()
    assert scene.fetches == (1, 1)


def test_R32_a_thousand_tenants_cost_one_set_of_keys(core):
    """R32: tenant-independent metadata serves every tenant; unknown ones cannot fill anything."""
    scene = Scene(core, tenants=ANY_TENANT)
    for index in range(100):
        assert scene.accept_new(tenant_id=f"{index:08x}-0000-4000-8000-000000000000").kind == "user"
    assert scene.fetches == (1, 1)
