"""A certificate that proves an application: loaded once, loaded again when its file changes, watched for its end."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from azuread_auth._protocol.client_assertion import assertion_fields, client_assertion
from azuread_auth.credentials.base import CredentialSurroundings
from azuread_auth.credentials.expiry_watch import ExpiryWatch
from azuread_auth.credentials.key_material import KeyMaterial, key_material
from azuread_auth.credentials.small_file import read_small_file
from azuread_auth.errors import CredentialUnavailable
from azuread_auth.ports import Event
from azuread_auth.secret import Secret

__all__ = ["CertificateDescription", "CertificateInUse"]

_CHECK_SECONDS: Final = 5.0
_JTI_BYTES: Final = 16
_Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateDescription:
    """What may be told of a certificate; times are seconds since the epoch, thumbprints hexadecimal."""

    not_before: float
    not_after: float
    thumbprint_sha1: str
    thumbprint_sha256: str


@dataclass(frozen=True, slots=True)
class _Loaded:
    material: KeyMaterial
    version: _Version | None
    """Of the file, as it was before it was read; None for what came from memory."""


class CertificateInUse:
    """A `ClientAuthentication` by assertions that the certificate's key signs."""

    client_id: str | None = None

    def __init__(
        self,
        *,
        path: Path | None,
        data: Secret | None,
        password: Secret | None,
        send_chain: bool,
        source: str,
        surroundings: CredentialSurroundings,
    ) -> None:
        self._path = path
        self._data = data
        self._password = password
        self._send_chain = send_chain
        self._source = source
        self._runtime = surroundings.runtime
        self._observer = surroundings.observer
        self._lock = surroundings.runtime.lock()
        self._watch = ExpiryWatch(surroundings.runtime, surroundings.observer, source=source)
        self._loaded: _Loaded | None = None
        self._checked_at = float("-inf")
        self._reported = ""

    async def fields(self, *, client_id: str, token_url: str) -> Mapping[str, str]:
        """A new assertion. Raises CredentialUnavailable when there is no usable certificate."""
        material = await self._material()
        self._watch.look_at(material)
        jti, now = self._runtime.random_bytes(_JTI_BYTES), self._runtime.now()

        def sign() -> Secret:  # some milliseconds with a long key
            return client_assertion(
                material.key,
                client_id=client_id,
                token_url=token_url,
                certificates=material.certificates,
                send_chain=self._send_chain,
                jti=jti,
                now=now,
            )

        return assertion_fields(await self._runtime.in_thread(sign))

    def reload(self) -> bool:
        """Forget what was read from the file, which may have another certificate by now."""
        if self._path is None:
            return False
        self._loaded = None
        return True

    async def describe(self) -> CertificateDescription:
        """Until when it is good and how it is called. Raises as `fields` does."""
        material = await self._material()
        return CertificateDescription(
            not_before=material.not_before,
            not_after=material.not_after,
            thumbprint_sha1=material.thumbprint_sha1,
            thumbprint_sha256=material.thumbprint_sha256,
        )

    async def _material(self) -> KeyMaterial:
        loaded = self._loaded
        if loaded is not None and not self._is_due():
            return loaded.material
        async with self._lock:
            # Whoever waited finds it done.
            loaded = self._loaded
            if loaded is None or self._is_due():
                loaded = await self._load(loaded)
            return loaded.material

    def _is_due(self) -> bool:
        return self._path is not None and self._runtime.monotonic() - self._checked_at >= _CHECK_SECONDS

    async def _load(self, old: _Loaded | None) -> _Loaded:
        now = self._runtime.now()
        try:
            fresh = await self._runtime.in_thread(lambda: self._read(old, now))
        except CredentialUnavailable as error:
            if old is None:
                raise
            self._report(str(error))
            fresh = old
        else:
            self._reported = ""
        self._checked_at = self._runtime.monotonic()
        self._loaded = fresh
        return fresh

    def _read(self, old: _Loaded | None, now: float) -> _Loaded:
        if self._path is None:
            return _Loaded(self._parsed(self._data or Secret(b""), now), None)
        # Before it is read: what is written meanwhile is another version, and read the next time.
        version = _version_of(self._path)
        if old is not None and version == old.version:
            return old
        remedy = "name a PEM or PKCS#12 file that this process may read"
        return _Loaded(self._parsed(read_small_file(self._path, "ClientCertificate", remedy=remedy), now), version)

    def _parsed(self, content: Secret, now: float) -> KeyMaterial:
        return key_material(content, self._password, source=self._source, now=now)

    def _report(self, reason: str) -> None:
        """Once for each reason, and not every few seconds."""
        if reason != self._reported:
            self._reported = reason
            message = f"the file of the certificate has changed and does not serve: {reason}; the former one serves on"
            fields = {"source": self._source}
            self._observer.record(Event("certificate.not_reloaded", logging.WARNING, message, fields))


def _version_of(path: Path) -> _Version | None:
    try:
        status = path.stat()
    except (OSError, ValueError):  # reading it will say why
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
