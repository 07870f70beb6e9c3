"""Why a server could not be asked, in words that are safe to log."""

import ssl
from collections.abc import Iterator
from typing import Final

import httpcore2
import httpx2

from azuread_auth._protocol.http import HttpRequest

__all__ = ["FAILURES", "origin_of", "problem_of"]

_TIME_IS_UP = (TimeoutError, httpx2.TimeoutException, httpcore2.TimeoutException)
FAILURES: Final = (
    *_TIME_IS_UP,
    OSError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
    # Names and ports that the resolver or the socket cannot express; UnicodeError is a ValueError.
    ValueError,
    OverflowError,
    # The same from attempts to connect that an event loop made at the same time.
    ExceptionGroup,
)


def problem_of(error: Exception, request: HttpRequest) -> str:
    """The message of the ProviderUnavailable that stands for an error of the exchange, with the cause and the remedy.

    Texts of httpx2 are left out: they may quote addresses or what the server sent. The error has them still, and its
    frames hold the answer: it must be over, with its `except`, before the other one is raised.
    """
    if isinstance(error, _TIME_IS_UP):
        return f"{origin_of(request.url)} did not answer within {request.timeout_seconds:g} seconds"
    return f"{origin_of(request.url)} cannot be reached: {_explain(error)}"


def origin_of(url: str) -> str:
    """Scheme, host and port: paths, queries and user names stay out of messages."""
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError):
        return "an address that is no URL"
    port = "" if parsed.port is None else f":{parsed.port}"
    host = f"[{parsed.host}]" if ":" in parsed.host else parsed.host
    return f"{parsed.scheme}://{host}{port}"


def _explain(error: Exception) -> str:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"its certificate is not accepted ({cause.verify_message}); a private certificate authority goes into "
                "the system's store or the file that ca_bundle names"
            )
    if isinstance(error, (httpx2.ProxyError, httpcore2.ProxyError)):
        return "the proxy refuses to connect; check the address and password in the environment's proxy variables"
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return f"{cause.strerror}; check the network, the name and the environment's proxy variables"
    if isinstance(causes[-1], (ValueError, OverflowError)):
        return "the host name or port cannot be used; check the address and the environment's proxy variables"
    return f"the exchange failed ({type(error).__name__}); check the network and what lies between"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        # Several addresses were tried: the last failure stands for all.
        inner = error.exceptions[-1] if isinstance(error, BaseExceptionGroup) else error.__cause__ or error.__context__
        error = inner
