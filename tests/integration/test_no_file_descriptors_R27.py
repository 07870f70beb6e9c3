"""A process without file descriptors: what is in memory goes on, the rest is 503, and it heals by itself."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from azuread_auth.simulation import SimulatedTenant
from tests.integration.conftest import APPS
from tests.redis_server import RedisServer

OK, COME_BACK = [200, False], [503, True]
KINDS = ["wsgi", "asgi"]


@pytest.fixture
def ask(own_tenant: SimulatedTenant) -> Callable[..., list[list[object]]]:
    """What an application in a process of its own answers; see the program."""

    def run(kind: str, state: str, **environ: str) -> list[list[object]]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
        tokens = [own_tenant.mint_token(user=user) for user in ("adele", "megan")]
        done = subprocess.run(
            [sys.executable, str(APPS / "out_of_files.py"), kind, state, *tokens],
            env=inherited | own_tenant.environ() | environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert "Traceback" not in done.stderr, done.stderr
        answers: list[list[object]] = json.loads(done.stdout)
        return answers

    return run


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_R27_R17_a_process_without_descriptors_serves_what_it_knows(ask, kind, redis_server: RedisServer):
    """R27, R17: who has called before is served with what is kept; who needs a new token gets 503, and later that.

    Redis, for which there is no descriptor either, is missed by nobody.
    """
    redis = {"AZURE_AD_REDIS_URL": redis_server.url, "AZURE_AD_ENCRYPTION_KEYS": "A" * 43 + "="}
    assert ask(kind, "warm", **redis) == [OK, OK, COME_BACK, OK, OK]


@pytest.mark.parametrize("kind", KINDS)
def test_R27_a_process_that_begins_without_descriptors_heals(ask, kind):
    """R27: not even what is loaded at the first request can be, which is 503, and later there is no trace of it."""
    assert ask(kind, "cold") == [COME_BACK, COME_BACK, OK, OK]


TRUST = """
import os, resource, sys
from azuread_auth.stores._redis.sockets import ClientTls
tls = ClientTls(None)
resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
held = []
try:
    while True:
        held.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
try:
    print(tls.context.cert_store_stats()["x509"])
except OSError as error:
    print("not loaded")
for each in held:
    os.close(each)
print(tls.context.cert_store_stats()["x509"])
"""


def test_R27_redis_over_tls_does_not_keep_an_empty_list_of_authorities(certificate_file):
    """R27: OpenSSL says nothing where it cannot open the system's file; what trusts nobody is not kept for ever."""
    environ = {**os.environ, "SSL_CERT_FILE": str(certificate_file)}
    done = subprocess.run(
        [sys.executable, "-c", TRUST], env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split("\n")[:2] == ["not loaded", "1"]


@pytest.fixture
def certificate_file(own_tenant, tmp_path):
    """A file with one certificate authority."""
    file = tmp_path / "authorities.pem"
    pem = own_tenant.make_certificate().pem
    begin = pem.index(b"-----BEGIN CERTIFICATE-----")
    file.write_bytes(pem[begin:])
    return file
