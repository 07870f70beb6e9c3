"""The cookies of a session: one sealed text, in as many cookies as it takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Final

from azuread_auth._web.cookies import CookieNames, cookie_values, delete_cookie, set_cookie
from azuread_auth.principal import Principal

__all__ = ["MOST_CHARACTERS", "FoundSession", "SessionCookies", "is_private"]

# Chromium drops a cookie whose name and value are over 4,096 bytes.
_CHUNK_CHARACTERS: Final = 3_800
_PURPOSES: Final = ("session", "session-1", "session-2")
# The first character says how many chunks there are.
MOST_CHARACTERS: Final = _CHUNK_CHARACTERS * len(_PURPOSES) - 1
"""So long a text may be."""
_COUNTS: Final = {str(count): count for count in range(1, len(_PURPOSES) + 1)}
# Who plants more than so many cookies of these names has the browser signed out, and costs no more than this.
_MOST_CANDIDATES: Final = 8


def is_private(cache_control: str) -> bool:
    """Whether an answer with this Cache-Control is kept by no cache but the browser's, if by any (RFC 9111 5.2.2)."""
    directives = {part.partition("=")[0].strip().lower() for part in cache_control.split(",")}
    return not directives.isdisjoint({"no-store", "private"})


@dataclass(slots=True, eq=False)
class FoundSession:
    """A session that has not ended, and what to send along to renew it."""

    principal: Principal
    set_cookies: Sequence[str] = field(default=(), repr=False)
    """Values of Set-Cookie headers."""


class SessionCookies:
    """Reads and writes the session's text in a browser, as cookies that last until the browser is closed.

    When the session ends is sealed inside, so that no browser has a say in it; a lifetime for the cookie would only
    leave it on the disk of a shared machine. After that, signing in again at the provider is one redirect.
    """

    def __init__(self, names: CookieNames) -> None:
        self._names = [names.name(purpose) for purpose in _PURPOSES]
        self._first_name = self._names[0].encode()
        self._is_secure = names.is_secure

    def may_be_in(self, headers: Sequence[bytes]) -> bool:
        """Whether it is worth to look for a session."""
        return any(self._first_name in header for header in headers)

    def texts(self, headers: Sequence[bytes]) -> Iterator[str]:
        """What may be the session's text. Cookies of one name may have been planted by others, so there may be several.

        Only the text that opens as a whole counts: nothing else keeps chunks of several sessions apart.
        """
        return islice(self._candidates(headers), _MOST_CANDIDATES)

    def _candidates(self, headers: Sequence[bytes]) -> Iterator[str]:
        for value in cookie_values(headers, self._names[0])[:_MOST_CANDIDATES]:
            count = _COUNTS.get(value[:1], 0)
            others = [cookie_values(headers, name)[:_MOST_CANDIDATES] for name in self._names[1:count]]
            if count:
                yield from (value[1:] + "".join(chunks) for chunks in product(*others))

    def written(self, text: str, headers: Sequence[bytes]) -> list[str]:
        """Set-Cookie values that keep the text, and remove the chunks of a longer one which came with the request."""
        count = len(text) // _CHUNK_CHARACTERS + 1
        value = f"{count}{text}"
        chunks = [
            set_cookie(
                name,
                value[index * _CHUNK_CHARACTERS : (index + 1) * _CHUNK_CHARACTERS],
                max_age=None,
                same_site="Lax",
                is_secure=self._is_secure,
            )
            for index, name in enumerate(self._names[:count])
        ]
        return chunks + [self._deleted(name) for name in self._names[count:] if cookie_values(headers, name)]

    def cleared(self, headers: Sequence[bytes]) -> list[str]:
        """Set-Cookie values that remove what came with the request."""
        return [self._deleted(name) for name in self._names if cookie_values(headers, name)]

    def _deleted(self, name: str) -> str:
        return delete_cookie(name, same_site="Lax", is_secure=self._is_secure)
