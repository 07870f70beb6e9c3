"""Why a server could not be asked, in words that are safe to log."""

import ssl
from collections.abc import Iterator

import httpx2

__all__ = ["explain"]


def explain(error: Exception) -> str:
    """The cause and the remedy. Texts of httpx2 are left out: they may quote addresses or what the server sent."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"its certificate is not accepted ({cause.verify_message}); a private certificate authority goes into "
                "the system's store or the file that ca_bundle names"
            )
    if isinstance(error, httpx2.ProxyError):
        return "the proxy refuses to connect; check the address and password in the environment's proxy variables"
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return f"{cause.strerror}; check the network, the name and the environment's proxy variables"
    return f"the exchange failed ({type(error).__name__}); check the network and what lies between"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        # Several addresses were tried: the last failure stands for all.
        inner = error.exceptions[-1] if isinstance(error, BaseExceptionGroup) else error.__cause__ or error.__context__
        error = inner
