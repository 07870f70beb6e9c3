"""TLS with a server that is known by its certificate alone, such as one that signed its own."""

import hashlib
import hmac
import ssl

from azuread_auth._protocol.http import HttpRequest
from azuread_auth._protocol.thumbprint import sha1_thumbprint
from azuread_auth.errors import ProviderUnavailable

__all__ = ["pin_of", "pinned_context"]

_WRONG = "its certificate is not the one whose thumbprint is pinned, so that nothing was sent"


def pin_of(request: HttpRequest) -> bytes | None:
    """The SHA-1 that the request pins, None when it pins none.

    Raises ProviderUnavailable for a thumbprint that is none, and for http, which shows no certificate.
    """
    if request.pinned_certificate_sha1 is None:
        return None
    pin = sha1_thumbprint(request.pinned_certificate_sha1)
    if pin is None:
        message = "the pinned thumbprint is no SHA-1; expected 40 hexadecimal digits"
        raise ProviderUnavailable(message)
    if not request.url.lower().startswith("https:"):
        message = "a certificate is pinned for an address that is not https, where none is shown; nothing was sent"
        raise ProviderUnavailable(message)
    return pin


def pinned_context(pin: bytes) -> ssl.SSLContext:
    """A context that accepts the one certificate with this SHA-1, whoever issued it, for whatever name and time.

    The handshake itself fails for any other, so that whoever connects has nothing to check and sends nothing.
    """

    # wrap_socket makes the one, for threads; wrap_bio the other, for event loops.
    class PinnedSocket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as the base class has it
            super().do_handshake(block)
            _check(self.getpeercert(binary_form=True), pin)

    class PinnedObject(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            _check(self.getpeercert(binary_form=True), pin)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # In place of issuer and name, which a self-signed certificate has no use for, stands the certificate itself.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
    context.sslsocket_class = PinnedSocket
    context.sslobject_class = PinnedObject
    return context


def _check(certificate: bytes | None, pin: bytes) -> None:
    # SHA-1 is what the platform names its certificate by; to stand in for it takes a second preimage, not a collision.
    shown = hashlib.sha1(certificate or b"", usedforsecurity=False).digest()
    if not hmac.compare_digest(shown, pin):
        raise ssl.SSLError(ssl.SSL_ERROR_SSL, _WRONG)
