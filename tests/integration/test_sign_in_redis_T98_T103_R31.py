"""Sessions and users' tokens in Redis: two workers, a restart, new keys, sign-out, and Redis gone for a while."""

import copy
import time
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from tests.integration.conftest import PATIENCE_SECONDS
from tests.integration.sign_in_workers import (
    NEW,
    NOT_KNOWN,
    OLD,
    SIGNED_IN,
    SIGNED_OUT,
    Application,
    Person,
    Worker,
    printed,
)
from tests.redis_server import RedisServer

pytest_plugins = ("tests.integration.sign_in_fixtures",)


def in_redis(server: RedisServer, *encryption_keys: bytes) -> dict[str, str]:
    """The settings of an application whose sessions and tokens are there."""
    return {
        "AZURE_AD_REDIS_URL": server.url,
        "AZURE_AD_ENCRYPTION_KEYS": printed(encryption_keys),
        "AZURE_AD_SESSION_STORE": "client",
    }


def signed_in(worker: Worker, user: str = "adele") -> Person:
    """Somebody who has just signed in at a worker."""
    person = Person(worker, user)
    assert person.visit("/").status == 200
    return person


# The other kind of server is restarted, and gets new keys, with sessions in cookies.
@pytest.mark.slow
@pytest.mark.parametrize("application", ["gunicorn-gthread"], indirect=True)
def test_R31_a_restart_and_new_keys_sign_nobody_out(application: Application, redis_server: RedisServer) -> None:
    """R31: tokens are where they were, without another request; what the old keys sealed ends when they are gone."""
    tenant = application.tenant
    first, second = application.roll_out(OLD, **in_redis(redis_server, OLD))
    person = signed_in(first)
    assert person.statuses(first, second) == SIGNED_IN * 2
    token = person.token(first)
    assert person.token(second) == token
    application.stop_oldest()

    running = application.roll_out(NEW, OLD, **in_redis(redis_server, NEW, OLD))
    assert person.statuses(*running) == SIGNED_IN * 2
    assert [person.token(worker) for worker in running] == [token] * 2
    assert len(tenant.token_requests) == 1

    workers = application.roll_out(OLD, NEW, **in_redis(redis_server, OLD, NEW))
    late = signed_in(workers[0], "megan")
    for each in (person, late):
        assert each.statuses(workers[1], running[0], workers[0], running[1]) == SIGNED_IN * 4
    tokens = {late.token(worker) for worker in (running[0], workers[1])}
    assert len(tokens) == 1
    application.stop_oldest()

    workers = application.roll_out(NEW, **in_redis(redis_server, NEW))
    application.stop_oldest()
    assert late.statuses(*workers) == SIGNED_IN * 2
    assert {late.token(worker) for worker in workers} == tokens
    assert len(tenant.token_requests) == 2
    assert person.statuses(*workers) == SIGNED_OUT * 2
    assert person.visit("/orders").status == 200
    assert len(tenant.token_requests) == 3


def test_T98_T103_what_ends_at_one_worker_ends_at_both(application: Application, redis_server: RedisServer) -> None:
    """T98, T103: by the user, by the operator, and by the provider through either worker; nobody else's ends."""
    tenant = application.tenant
    first, second = application.roll_out(OLD, **in_redis(redis_server, OLD))
    other = signed_in(second, "megan")

    person = signed_in(first)
    kept = copy.deepcopy(person.jar)
    assert person.statuses(second) == SIGNED_IN
    assert person.post("/auth/logout").location.startswith(tenant.authority_host)
    person.jar = kept
    assert person.statuses(first, second) == SIGNED_OUT * 2

    people = [signed_in(first), signed_in(second)]
    object_id = tenant.principal(user="adele").object_id
    people[0].site = second
    assert people[0].get(f"/operator?{urlencode({'user': object_id})}").status == 200
    assert [each.statuses(first, second) for each in people] == [SIGNED_OUT * 2] * 2

    for worker, another in ((first, second), (second, first)):
        person = signed_in(worker)
        assert person.statuses(another) == SIGNED_IN
        for url in tenant.sign_out("adele"):
            # As the provider's page frames it: without cookies, from another site.
            assert person.get(url, by=tenant.authority_host, cookie="").status == 200
        assert person.statuses(worker, another) == SIGNED_OUT * 2
    assert other.statuses(first, second) == SIGNED_IN * 2
    assert other.token(first) == other.token(second)


@pytest.mark.slow
def test_R17_who_cannot_be_looked_up_is_not_signed_out(
    application: Application, disposable_redis: Callable[..., RedisServer]
) -> None:
    """R17: while Redis is away, 503 for pages and scripts, and no cookie is touched; afterwards all is as before."""
    redis = disposable_redis("--appendonly", "yes", "--appendfsync", "always")
    workers = application.roll_out(OLD, **in_redis(redis, OLD))
    person = signed_in(workers[0])
    token = person.token(workers[1])
    cookies = copy.deepcopy(person.jar.cookies)

    redis.kill()
    for _ in range(3):
        assert person.statuses(*workers) == NOT_KNOWN * 2
    for reply in (person.get("/"), person.fetch("/orders"), person.post("/auth/logout")):
        assert (reply.status, reply.header("retry-after"), reply.all("set-cookie")) == (503, "1", [])
    assert person.jar.cookies == cookies

    redis.start()
    for worker in workers:
        assert wait_while_503(person, worker) == 200
    assert person.statuses(*workers) == SIGNED_IN * 2
    assert [person.token(worker) for worker in workers] == [token] * 2
    assert len(application.tenant.token_requests) == 1

    redis.restart()
    redis.ask("FLUSHALL")
    for worker in workers:
        assert wait_while_503(person, worker) == 303
    assert person.statuses(*workers) == SIGNED_OUT * 2


def wait_while_503(person: Person, worker: Worker) -> int:
    """The first other status; a worker leaves a Redis that failed alone for a while."""
    person.site = worker
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (status := person.get("/").status) == 503 and time.monotonic() < deadline:
        time.sleep(0.05)
    return status
