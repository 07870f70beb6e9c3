"""What a fault is: a function from a good token, not yet signed, to the text of a bad one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from azuread_auth.rejection import RejectionReason
from azuread_auth.simulation.keys import SimulatedKey
from azuread_auth.simulation.signing import TokenDraft, merged, sign

__all__ = ["Case", "Fault", "FaultKeys", "changed_claims", "changed_header", "with_claims", "with_header"]


class FaultKeys(Protocol):
    """The keys that must not sign for the tenant."""

    @property
    def personal_accounts(self) -> SimulatedKey:
        """Published, and bound to the tenant of personal Microsoft accounts."""
        ...

    @property
    def another_cloud(self) -> SimulatedKey:
        """Published, and bound to another national cloud."""
        ...

    @property
    def unpublished(self) -> SimulatedKey:
        """A stranger's key."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A good token and what there is to spoil it with."""

    draft: TokenDraft
    keys: FaultKeys
    now: int
    origin: str
    """The authority's scheme, host and port."""
    tenant_id: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which a token can be bad."""

    description: str
    spoil: Callable[[Case], str]
    reason: RejectionReason | None
    """Why an application of this tenant alone refuses the token; None where it is genuine, and up to the settings."""


def with_claims(case: Case, changes: Mapping[str, object]) -> str:
    """The token with changed claims, signed as it should be; a change to None takes the claim away."""
    return sign(replace(case.draft, claims=merged(case.draft.claims, changes)))


def with_header(case: Case, changes: Mapping[str, object], *, key: SimulatedKey | None = None) -> str:
    """The token with a changed header, signed with `key` or as it should be."""
    header = merged(case.draft.header, changes)
    return sign(replace(case.draft, header=header, key=key or case.draft.key))


def changed_claims(**changes: object) -> Callable[[Case], str]:
    """A fault that is the same change of claims each time."""
    return lambda case: with_claims(case, changes)


def changed_header(**changes: object) -> Callable[[Case], str]:
    """A fault that is the same change of the header each time."""
    return lambda case: with_header(case, changes)
