"""Why a Redis server could not be asked, in words that are safe to log."""

import re
import socket
import ssl
from typing import Final

from redis import exceptions

from azuread_auth.errors import StoreUnavailable

__all__ = ["FAILURES", "unavailable"]

FAILURES: Final = (
    exceptions.RedisError,
    OSError,
    # An answer that redis-py cannot parse.
    ValueError,
)

_CLUSTER: Final = "is a node of a cluster; give the address of a server or proxy that has all keys"
# The first that fits counts.
_EXPLANATIONS: Final[tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...]] = (
    (
        (TimeoutError, exceptions.TimeoutError),
        "did not answer in time; check its address, the network, and how busy it is",
    ),
    (ssl.SSLError, "does not speak TLS as it should; check that rediss:// and the port belong together"),
    (socket.gaierror, "is not known by its name; check the url and DNS"),
    (exceptions.AuthenticationError, "wants another user name or password; check those in the url"),
    (exceptions.BusyLoadingError, "is still loading its data; wait, or check why it takes so long"),
    (
        exceptions.OutOfMemoryError,
        "is out of memory; raise maxmemory, or choose a policy that evicts, such as volatile-lru",
    ),
    (exceptions.ReadOnlyError, "is a replica that takes no writes; give the address of the primary"),
    (
        exceptions.NoPermissionError,
        "does not let this user do what is needed; allow get, set, del, time and eval on the keys azuread-auth:*",
    ),
    ((exceptions.MovedError, exceptions.AskError, exceptions.ClusterDownError), _CLUSTER),
    (exceptions.ConnectionError, "closed the connection; check its log, and that the url belongs to a Redis server"),
    (RuntimeError, "was not asked, because no thread can be started; check the limits of this process"),
)
# Before version 6 redis-py has no classes for these where the server was not known to be a cluster.
_CLUSTER_CODES: Final = frozenset({"MOVED", "ASK", "CLUSTERDOWN"})
_CODE: Final = re.compile(r"[A-Z]{2,20}(?= |$)", re.ASCII)


def unavailable(server: str, error: Exception) -> StoreUnavailable:
    """The error to raise, with the cause and the remedy.

    Texts of the server are left out: they may quote what was sent. So are the frames of the cause, where the password
    is a local variable.
    """
    translated = StoreUnavailable(f"{server} {_explain(error)}")
    translated.__cause__ = error.with_traceback(None)
    return translated


def _explain(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"has a certificate that is not accepted ({error.verify_message}); a private certificate authority goes "
            "into the system's store or the file that ssl_ca_certs= in the url names"
        )
    for kinds, explanation in _EXPLANATIONS:
        if isinstance(error, kinds):
            return explanation
    if isinstance(error, exceptions.ResponseError):
        found = _CODE.match(str(error))
        code = found[0] if found else "ERR"
        refusal = f"refuses the command ({code}); check its log and its configuration"
        return _CLUSTER if code in _CLUSTER_CODES else refusal
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be reached ({error.strerror}); check the url, the network and the server"
    return f"gives no usable answer ({type(error).__name__}); check that the url belongs to a Redis server"
