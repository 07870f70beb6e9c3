"""TLS for a tenant on a loopback port, and what its clients have to be told."""

import ssl
import tempfile
from pathlib import Path
from typing import Final

from azuread_auth.simulation.identities.tls import server_context
from azuread_auth.simulation.throw_away_authority import loopback_certificate

__all__ = ["AUTHORITY_VARIABLES", "LoopbackTls"]

AUTHORITY_VARIABLES: Final = ("AZURE_AD_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""The variables by which clients learn whom to trust: this package, OpenSSL and Python's ssl, requests (and with it
MSAL and azure-identity), Node.js."""


class LoopbackTls:
    """A certificate of this run's own authority, whose certificate is in a file that goes when this is closed.

    `now` is in seconds since the epoch, by the clock that clients have.
    """

    def __init__(self, *, now: float) -> None:
        certificate = loopback_certificate(now=now)
        self.context: Final[ssl.SSLContext] = server_context(certificate)
        self._folder = tempfile.TemporaryDirectory(prefix="azuread-auth-simulation-")
        self.authority_file: Final = Path(self._folder.name) / "authority.pem"
        self.authority_file.write_bytes(certificate.authority_pem)

    def environ(self) -> dict[str, str]:
        """What makes clients trust the tenant. All but Node.js then trust nobody else."""
        return dict.fromkeys(AUTHORITY_VARIABLES, str(self.authority_file))

    def close(self) -> None:
        """Remove the file. Closing twice is fine."""
        self._folder.cleanup()
