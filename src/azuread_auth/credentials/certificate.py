"""A certificate whose public part the app registration knows."""

from dataclasses import dataclass
from pathlib import Path

from azuread_auth.credentials.base import Credential, CredentialSurroundings, file_path, secret_of
from azuread_auth.credentials.certificate_in_use import CertificateInUse
from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret

__all__ = ["ClientCertificate"]


@dataclass(frozen=True, slots=True, init=False)
class ClientCertificate(Credential):
    """A certificate and its RSA key, as PEM or PKCS#12, in a file (`path`) or in memory (`data`). Serves every flow.

    A file is read when it is first needed, and again when it has changed. `password` opens an encrypted key.
    `send_chain` sends the whole chain along, for subject-name-and-issuer registrations. Raises ConfigurationError
    unless exactly one of `path` and `data` is given.
    """

    path: Path | None
    data: Secret | None
    password: Secret | None
    send_chain: bool

    def __init__(
        self,
        *,
        path: str | Path | None = None,
        data: str | bytes | Secret | None = None,
        password: str | bytes | Secret | None = None,
        send_chain: bool = False,
    ) -> None:
        if (path is None) == (data is None):
            message = (
                "ClientCertificate: give either path= (a PEM or PKCS#12 file) or data= (its content), and not both"
            )
            raise ConfigurationError(message)
        object.__setattr__(self, "path", None if path is None else _path(path))
        object.__setattr__(self, "data", None if data is None else _data(data))
        object.__setattr__(self, "password", None if password is None else _password(password))
        object.__setattr__(self, "send_chain", _flag(send_chain))

    def in_use(self, surroundings: CredentialSurroundings) -> CertificateInUse:
        """The certificate, loaded when it is first needed and again when its file changes."""
        source = "ClientCertificate: data" if self.path is None else f"ClientCertificate: {self.path}"
        return CertificateInUse(
            path=self.path,
            data=self.data,
            password=self.password,
            send_chain=self.send_chain,
            source=source,
            surroundings=surroundings,
        )


def _flag(send_chain: object) -> bool:
    if not isinstance(send_chain, bool):
        message = "ClientCertificate: send_chain is not a boolean; give True or False"
        raise ConfigurationError(message)
    return send_chain


def _path(path: str | Path) -> Path:
    return file_path(path, "ClientCertificate: path", remedy="name the PEM or PKCS#12 file of certificate and key")


def _data(data: str | bytes | Secret) -> Secret:
    return secret_of(data, "ClientCertificate: data", remedy="give the content of a PEM or PKCS#12 file")


def _password(password: str | bytes | Secret) -> Secret:
    return secret_of(password, "ClientCertificate: password", remedy="leave it out when the key is not encrypted")
