"""The `claims` request parameter (OpenID Connect 5.5), as far as Entra's tokens know it."""

from collections.abc import Mapping
from dataclasses import dataclass

from azuread_auth._protocol.strict_json import parse_object
from azuread_auth.simulation.refusals import Refused

__all__ = ["RequestedClaims", "claims_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedClaims:
    """What a client wants its tokens to say."""

    authentication_contexts: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    id_token_contexts: tuple[str, ...] = ()
    id_token_methods: bool = False
    """Whether the ID token is to say how the user proved themself (`amr`)."""

    @property
    def demands_proof(self) -> bool:
        """Whether they ask for more than a password."""
        return bool(self.authentication_contexts or self.id_token_contexts or self.policies)

    @property
    def can_answer_challenges(self) -> bool:
        """Whether the client says that it takes claims challenges."""
        return any(each.lower() == "cp1" for each in self.capabilities)

    def together_with(self, other: "RequestedClaims") -> "RequestedClaims":
        """What both want."""
        return RequestedClaims(
            authentication_contexts=_united(self.authentication_contexts, other.authentication_contexts),
            capabilities=_united(self.capabilities, other.capabilities),
            policies=_united(self.policies, other.policies),
            id_token_contexts=_united(self.id_token_contexts, other.id_token_contexts),
            id_token_methods=self.id_token_methods or other.id_token_methods,
        )

    def token_claims(self) -> dict[str, object]:
        """The claims of the access token."""
        claims: dict[str, object] = {}
        if self.authentication_contexts:
            claims["acrs"] = list(self.authentication_contexts)
        if self.capabilities:
            claims["xms_cc"] = list(self.capabilities)
        return claims

    def id_token_claims(self, *, has_mfa: bool) -> dict[str, object]:
        """What the ID token says beside."""
        claims: dict[str, object] = {}
        if self.id_token_contexts:
            claims["acrs"] = list(self.id_token_contexts)
        if self.id_token_methods:
            claims["amr"] = ["pwd", "mfa"] if has_mfa else ["pwd"]
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
    wanted, of_identity = _member(document, "access_token"), _member(document, "id_token")
    return RequestedClaims(
        authentication_contexts=_values(wanted.get("acrs")),
        capabilities=_values(wanted.get("xms_cc")),
        policies=_values(wanted.get("capolids")),
        id_token_contexts=_values(of_identity.get("acrs")),
        id_token_methods="amr" in of_identity,
    )


def _member(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    wanted = document.get(name, {})
    if not isinstance(wanted, dict):
        raise Refused(90023, detail=f"The member {name} of the claims parameter is not an object.")
    return wanted


def _values(wish: object) -> tuple[str, ...]:
    if wish is None:
        return ()
    if not isinstance(wish, Mapping):
        raise Refused(90023, detail="A claim of the claims parameter is neither null nor an object.")
    values = wish.get("values", [])
    found = [wish.get("value"), *(values if isinstance(values, list) else [])]
    return tuple(each for each in found if isinstance(each, str))
