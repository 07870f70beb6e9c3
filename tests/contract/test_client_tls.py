"""Which certificate authorities clients trust."""

import os
import subprocess
import sys

PROGRAM = """
from azuread_auth._adapters.tls import ClientTls
environ = {"SSL_CERT_DIR": "/dev/null"} if ASKED else {}
print(ClientTls(ca_bundle=None, environ=environ).context().cert_store_stats()["x509_ca"] > 0)
"""


def trusts_somebody(*, asked: bool) -> bool:
    """Whether any authority is trusted by a process whose own environment names none."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("ASKED", str(asked))],
        env={**os.environ, "SSL_CERT_FILE": "/dev/null", "SSL_CERT_DIR": "/dev/null"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip() == "True"


def test_the_environment_that_was_passed_in_decides() -> None:
    """Without a word in it the authorities are those that httpx2 brings, whatever the process's own environment has."""
    assert trusts_somebody(asked=False)
    assert not trusts_somebody(asked=True)
