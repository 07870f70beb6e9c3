"""The certificate that proves the application: whether it can be read, and until when it is good."""

from datetime import UTC, datetime
from typing import Final

from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from azuread_auth._adapters.command_runner import BlockingCommandRunner
from azuread_auth._adapters.httpx import BlockingHttpx
from azuread_auth.cli.checkup.finding import Finding, failed, ok, warning
from azuread_auth.cli.inspection.meanings import time_from_now
from azuread_auth.cli.silence import Silence
from azuread_auth.cli.surroundings import Surroundings
from azuread_auth.credentials.base import CredentialSurroundings
from azuread_auth.credentials.certificate import ClientCertificate
from azuread_auth.errors import CredentialUnavailable
from azuread_auth.settings import AzureAdSettings

__all__ = ["check_certificate"]

_CERTIFICATE: Final = "certificate"
_SOON_SECONDS: Final = 30 * 86_400.0
_REMEDY: Final = "make a new certificate, upload it to the app registration, and put it in the old one's place"


def check_certificate(credential: ClientCertificate, settings: AzureAdSettings, surroundings: Surroundings) -> Finding:
    """Its file or text, by its own account; the provider is not asked."""
    where = credential.path if credential.path is not None else "the certificate in the settings"
    try:
        found = run_blocking(credential.in_use(_unconnected(settings, surroundings)).describe())
    except CredentialUnavailable as error:
        return failed(_CERTIFICATE, str(error), expected="a PEM or PKCS#12 file with key and certificate")
    now = surroundings.now()
    names = f"SHA-1 {found.thumbprint_sha1.upper()}, SHA-256 {found.thumbprint_sha256.upper()}"
    if now < found.not_before:
        text = f"{where} is not valid yet, it will be {time_from_now(found.not_before - now)}; {names}"
        return failed(_CERTIFICATE, text, remedy="check the machine's clock, or wait")
    left = found.not_after - now
    day = f"{datetime.fromtimestamp(found.not_after, UTC):%Y-%m-%d}"
    if left <= 0:
        return failed(_CERTIFICATE, f"{where} ended on {day}, {time_from_now(left)}; {names}", remedy=_REMEDY)
    text = f"{where} is good until {day}, which is {time_from_now(left)}; {names}"
    if left < _SOON_SECONDS:
        return warning(_CERTIFICATE, text, expected="30 days at the least", remedy=_REMEDY)
    return ok(_CERTIFICATE, text)


def _unconnected(settings: AzureAdSettings, surroundings: Surroundings) -> CredentialSurroundings:
    """What a certificate asks of the world is the time; the rest opens nothing before it is used."""
    runtime = BlockingRuntime(now=surroundings.now)
    return CredentialSurroundings(
        client_id=settings.client_id,
        authority_host=settings.authority_host,
        http=BlockingHttpx(runtime, environ=surroundings.environ),
        runtime=runtime,
        commands=BlockingCommandRunner(environ=surroundings.environ),
        observer=Silence(),
        environ=surroundings.environ,
    )
