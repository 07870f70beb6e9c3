"""A request for a token and its answer, as far as they are in a recording: nothing here can hold a secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

__all__ = [
    "ClaimKind",
    "KeptClaim",
    "RecordedAnswer",
    "RecordedChallenge",
    "RecordedDevice",
    "RecordedError",
    "RecordedToken",
    "RequestKey",
]

ClaimKind = Literal["text", "number", "flag", "list", "object"]
KeptClaim: TypeAlias = str | int | tuple[str, ...]
RecordedChallenge: TypeAlias = Mapping[str, Mapping[str, Mapping[str, bool | str | tuple[str, ...]]]]
"""By the part of the request (`access_token`) and the name of the claim: what is asked of it."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RequestKey:
    """What a recorded answer is found by."""

    flow: str
    scopes: tuple[str, ...]
    """In order; the GUIDs in them have other names."""
    tenant: str
    """`configured`, one of Entra's names for many tenants, `tenant-1` and so on; empty where none was named."""
    client: str
    """`configured`, or `client-1` and so on."""
    user: str = ""
    """`user-1` and so on, in the order in which they appear; `device-1` for a device code; empty without either."""
    claims: tuple[str, ...] = ()
    """The names of the claims that were asked for."""

    def __str__(self) -> str:
        whose = [f"tenant {self.tenant or 'not named'}", f"client {self.client}"]
        who = [self.user] if self.user else []
        claims = [f"claims {' '.join(self.claims)}"] if self.claims else []
        return f"{self.flow} for {' '.join(self.scopes) or 'no scope'} ({', '.join([*whose, *who, *claims])})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedToken:
    """The structure of an access token: which claims of what kind it had, and the values that tell nothing."""

    claims: Mapping[str, ClaimKind] = field(default_factory=dict[str, ClaimKind])
    kept: Mapping[str, KeptClaim] = field(default_factory=dict[str, KeptClaim])
    lifetime: int | None = None
    """Seconds from `iat` to `exp`."""
    is_jwt: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDevice:
    """A device code's times, in seconds."""

    expires_in: int | None = None
    interval: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedError:
    """A refusal: its codes, and the structure of the claims challenge."""

    error: str | None = None
    suberror: str | None = None
    codes: tuple[int, ...] = ()
    challenge: RecordedChallenge | None = None
    retry_after: int | None = None
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAnswer:
    """One answer. `status` is that of HTTP, or a word for what is no answer: "unreachable", "unavailable"."""

    status: int | Literal["unreachable", "unavailable"]
    token: RecordedToken | None = None
    device: RecordedDevice | None = None
    error: RecordedError | None = None
    expires_in: int | None = None
    refresh_in: int | None = None
    scopes: tuple[str, ...] | None = None
    """Of those that were asked for, the ones that the answer names."""
