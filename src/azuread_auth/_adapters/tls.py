"""Whom HTTPS connections trust."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from azuread_auth._adapters.loading import loading
from azuread_auth.errors import ProviderUnavailable

if TYPE_CHECKING:
    from ssl import SSLContext

__all__ = ["ClientTls"]


class ClientTls:
    """The certificate authorities of `ca_bundle`, else of SSL_CERT_FILE or SSL_CERT_DIR, else of the operating system.

    Certificates and host names are always checked, and TLS is 1.2 at the least: there is no switch.
    """

    def __init__(self, *, ca_bundle: str | Path | None, environ: Mapping[str, str]) -> None:
        self._ca_bundle = ca_bundle
        self._environ = environ
        # Loading the authorities takes 15 ms, so all event loops of a process share one context.
        self._by_process: dict[int, SSLContext] = {}

    def context(self) -> "SSLContext":
        """The context to connect with. Raises ProviderUnavailable when a file of authorities cannot be loaded."""
        process = os.getpid()
        context = self._by_process.get(process)
        if context is None:
            with loading():
                context = self._by_process.setdefault(process, self._load())
        return context

    def _load(self) -> "SSLContext":
        import ssl  # noqa: PLC0415 - 10 ms, not spent before the first request

        import httpx2  # noqa: PLC0415 - 100 ms, likewise

        cafile = self._ca_bundle or self._environ.get("SSL_CERT_FILE") or None
        capath = None if cafile else self._environ.get("SSL_CERT_DIR") or None
        try:
            if cafile or capath:
                context = ssl.create_default_context(cafile=cafile, capath=capath)
            else:
                context = httpx2.create_ssl_context(trust_env=False)
        except OSError as error:  # ssl.SSLError is one
            raise ProviderUnavailable(self._problem(cafile, capath, error)) from error
        context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
        return context

    def _problem(self, cafile: str | Path | None, capath: str | None, error: OSError) -> str:
        if cafile or capath:
            source = "ca_bundle" if self._ca_bundle else "SSL_CERT_FILE" if cafile else "SSL_CERT_DIR"
            return f"{source}: {cafile or capath} cannot be loaded; expected certificates in PEM format"
        return (
            f"the system's certificate authorities cannot be loaded ({error.strerror}); check what ca-certificates are"
        )
