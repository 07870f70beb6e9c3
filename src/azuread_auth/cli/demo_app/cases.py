"""The calls that the demonstration makes, and what is to be expected of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from azuread_auth.simulation.faults import FAULTS
from azuread_auth.simulation.token_order import TokenWishes

__all__ = ["CASES", "GROUPS", "Case", "Scene"]

Scene = Literal["normal", "provider-down", "provider-down-and-key-unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One call of the sample API."""

    group: str
    title: str
    story: str
    """What is sent, in a sentence or two."""
    expected_status: int
    logged_as: str | None = None
    """The reason code in the operator's log, where it is not the one of the token's fault."""
    wishes: TokenWishes | None
    """The token that is sent, as `mint_token` takes it; None: none is sent."""
    method: str = "GET"
    path: str = "/files"
    scene: Scene = "normal"

    @property
    def expected_reason(self) -> str | None:
        """The reason code that the operator's log will have; None where it needs none."""
        fault = FAULTS.get((self.wishes or {}).get("fault") or "")
        if self.logged_as is None and fault is not None and fault.reason is not None:
            return fault.reason.value
        return self.logged_as

    @property
    def minted_by(self) -> str | None:
        """How a test would make this token."""
        if self.wishes is None:
            return None
        return f"tenant.mint_token({', '.join(f'{name}={value!r}' for name, value in self.wishes.items())})"


GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Let in": "Good tokens: the handler runs, and knows who calls.",
        "Turned away": "Bad tokens: the caller learns that, the operator learns why. The handler never runs.",
        "While the provider is down": "Keys are kept, so an outage of the identity provider does not reach your users.",
    }
)

_READ: Final[TokenWishes] = {"scopes": ["Files.Read"]}

CASES: Final[Mapping[str, Case]] = MappingProxyType(
    {
        "good": Case(
            group="Let in",
            title="A good token",
            story="Adele's client asked for the scope Files.Read, and sends the token it got.",
            expected_status=200,
            wishes=_READ,
        ),
        "good-v1": Case(
            group="Let in",
            title="A good token of version 1",
            story="The same in the older format: another issuer, another audience, other claim names, other metadata.",
            expected_status=200,
            wishes={"version": 1, "scopes": ["Files.Read"]},
        ),
        "application": Case(
            group="Let in",
            title="An application's own token",
            story="A nightly job without a user. It has the app role Files.Read.All, which opens /backup.",
            expected_status=200,
            wishes={"kind": "app", "roles": ["Files.Read.All"]},
            path="/backup",
        ),
        "on-behalf": Case(
            group="Let in",
            title="A call to another API, on behalf of the user",
            story="The application exchanges the token for one of Adele's that another API takes, and asks that API.",
            expected_status=200,
            wishes=_READ,
            path="/inbox",
        ),
        "none": Case(
            group="Turned away",
            title="No token",
            story="A plain request without credentials.",
            expected_status=401,
            logged_as="not_authenticated",
            wishes=None,
        ),
        "expired": Case(
            group="Turned away",
            title="An expired token",
            story="It was good until an hour ago.",
            expected_status=401,
            wishes={"scopes": ["Files.Read"], "fault": "expired"},
        ),
        "missing-scope": Case(
            group="Turned away",
            title="A missing scope",
            story="The token is good, but has Files.Read only. Deleting wants Files.Write.",
            expected_status=403,
            logged_as="permission_denied",
            wishes=_READ,
            method="DELETE",
            path="/files/budget.xlsx",
        ),
        "other-tenant": Case(
            group="Turned away",
            title="A token of another tenant",
            story="Genuine in every respect, but issued for the users of a directory that is not welcome here.",
            expected_status=401,
            wishes={"scopes": ["Files.Read"], "fault": "wrong-tenant"},
        ),
        "wrong-audience": Case(
            group="Turned away",
            title="A token for another API",
            story="Adele's token for a different service of the same tenant, sent here by mistake or by a thief.",
            expected_status=401,
            wishes={"scopes": ["Files.Read"], "fault": "wrong-audience"},
        ),
        "forged": Case(
            group="Turned away",
            title="A forged signature",
            story="Everything in it is as it should be. One character of the signature is not.",
            expected_status=401,
            wishes={"scopes": ["Files.Read"], "fault": "bad-signature"},
        ),
        "id-token": Case(
            group="Turned away",
            title="An ID token",
            story="It tells the client who signed in, and is often sent to APIs by mistake.",
            expected_status=401,
            wishes={"fault": "id-token"},
        ),
        "unknown-key": Case(
            group="Turned away",
            title="An unknown key",
            story="Signed by a key the tenant never published. The API asks for newer keys once, then refuses.",
            expected_status=401,
            wishes={"scopes": ["Files.Read"], "fault": "unknown-key"},
        ),
        "outage-good": Case(
            group="While the provider is down",
            title="A good token, twelve hours into an outage",
            story="The provider cannot be reached since noon. The token is new, so its signature has to be checked.",
            expected_status=200,
            logged_as="keys_unavailable",
            wishes=_READ,
            scene="provider-down",
        ),
        "outage-unknown-key": Case(
            group="While the provider is down",
            title="An unknown key during the outage",
            story="Perhaps forged, perhaps signed by a brand-new key: nobody can tell now, so the answer is “later”.",
            expected_status=503,
            logged_as="provider_unavailable",
            wishes={"scopes": ["Files.Read"], "fault": "unknown-key"},
            scene="provider-down-and-key-unknown",
        ),
    }
)
