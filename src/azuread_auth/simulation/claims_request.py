"""The `claims` request parameter (OpenID Connect 5.5), as far as Entra's access tokens know it."""

from collections.abc import Mapping
from dataclasses import dataclass

from azuread_auth._protocol.strict_json import parse_object
from azuread_auth.simulation.refusals import Refused

__all__ = ["RequestedClaims", "claims_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedClaims:
    """What a client wants its access token to say."""

    authentication_contexts: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()

    def together_with(self, other: "RequestedClaims") -> "RequestedClaims":
        """What both want."""
        return RequestedClaims(
            authentication_contexts=_united(self.authentication_contexts, other.authentication_contexts),
            capabilities=_united(self.capabilities, other.capabilities),
            policies=_united(self.policies, other.policies),
        )

    def token_claims(self) -> dict[str, object]:
        """The claims of the access token."""
        claims: dict[str, object] = {}
        if self.authentication_contexts:
            claims["acrs"] = list(self.authentication_contexts)
        if self.capabilities:
            claims["xms_cc"] = list(self.capabilities)
        return claims


def _united(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def claims_in(text: str | None) -> RequestedClaims:
    """Read the parameter. Raises Refused when it is not a JSON object of the specified shape."""
    if text is None:
        return RequestedClaims()
    try:
        document = parse_object(text.encode())
    except ValueError:
        raise Refused(90023, detail="The claims parameter is not a JSON object.") from None
    wanted = document.get("access_token", {})
    if not isinstance(wanted, dict):
        raise Refused(90023, detail="The member access_token of the claims parameter is not an object.")
    return RequestedClaims(
        authentication_contexts=_values(wanted.get("acrs")),
        capabilities=_values(wanted.get("xms_cc")),
        policies=_values(wanted.get("capolids")),
    )


def _values(wish: object) -> tuple[str, ...]:
    if wish is None:
        return ()
    if not isinstance(wish, Mapping):
        raise Refused(90023, detail="A claim of the claims parameter is neither null nor an object.")
    values = wish.get("values", [])
    found = [wish.get("value"), *(values if isinstance(values, list) else [])]
    return tuple(each for each in found if isinstance(each, str))
