"""Sets of scope and role names. The same few recur in every token, so each is made once and shared."""

from typing import Final

from azuread_auth.errors import TokenRejected
from azuread_auth.rejection import RejectionReason

__all__ = ["NameSets"]

_MAX_REMEMBERED: Final = 1024
_MAX_CHARACTERS: Final = 4096
_MAX_NAMES: Final = 128
_NONE: Final[frozenset[str]] = frozenset()


class NameSets:
    """Makes and remembers sets of names; forgets all when it holds too many, which only costs making them again.

    What is longer than tokens of Entra have it is not remembered, so that their number bounds the memory.
    """

    __slots__ = ("_scopes", "_sets")

    def __init__(self) -> None:
        self._scopes: dict[str, frozenset[str]] = {}
        self._sets: dict[frozenset[str], frozenset[str]] = {}

    def of_scopes(self, scp: str) -> frozenset[str]:
        """The scopes in an `scp` claim, which RFC 6749 3.3 separates by spaces.

        An application's token may have "/" there, which grants nothing (Microsoft, "Agent token claims").
        """
        known = self._scopes.get(scp)
        if known is not None:
            return known
        scopes = frozenset(scp.split(" ")) - {"", "/"}
        if len(scp) <= _MAX_CHARACTERS:
            if len(self._scopes) >= _MAX_REMEMBERED:
                self._scopes.clear()
            self._scopes[scp] = scopes
        return scopes

    def of_roles(self, claim: object) -> frozenset[str]:
        """The roles in a `roles` claim: a list, or one role as bare text."""
        if not claim and claim in ((), [], ""):
            return _NONE
        roles = [claim] if isinstance(claim, str) else claim
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise TokenRejected(RejectionReason.INVALID_CLAIM, claim="roles")
        names = frozenset(roles)
        if len(names) > _MAX_NAMES or sum(map(len, names)) > _MAX_CHARACTERS:
            return names
        if len(self._sets) >= _MAX_REMEMBERED:
            self._sets.clear()
        return self._sets.setdefault(names, names)
