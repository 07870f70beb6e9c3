"""Client assertions that were used: each proves its application once."""

__all__ = ["SeenAssertions"]


class SeenAssertions:
    """The ids of assertions until they expire; its owner guards it with a lock.

    Of more than twice `most` that have not expired the oldest are forgotten.
    """

    def __init__(self, *, most: int = 10_000) -> None:
        self._most = most
        self._expiries: dict[tuple[str, str], float] = {}

    def is_first_use(self, client_id: str, jti: str, *, expires_at: float, now: float) -> bool:
        """Take note of an assertion, and say whether it is new."""
        if len(self._expiries) > self._most:
            self._expiries = {key: until for key, until in self._expiries.items() if until > now}
        key = (client_id, jti)
        if key in self._expiries:
            return False
        self._expiries[key] = expires_at
        if len(self._expiries) > 2 * self._most:
            del self._expiries[next(iter(self._expiries))]
        return True
