"""TLS for a loopback server with a throw-away certificate."""

import ssl
import tempfile
from pathlib import Path
from typing import Protocol

__all__ = ["server_context"]


class _Provable(Protocol):
    @property
    def pem(self) -> bytes:
        """Key and certificate."""
        ...


def server_context(certificate: _Provable) -> ssl.SSLContext:
    """What a server needs to show the certificate: TLS 1.2 at the least."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # The ssl module reads certificates from files only; this one is gone at once.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.pem"
        path.touch(mode=0o600)
        path.write_bytes(certificate.pem)
        context.load_cert_chain(path)
    return context
