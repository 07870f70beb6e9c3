"""Lists of text as tests give them."""

from collections.abc import Iterable

from azuread_auth.errors import ConfigurationError

__all__ = ["text_list"]


def text_list(name: str, value: object) -> tuple[str, ...]:
    """The texts one by one; text alone is one. Raises ConfigurationError for what is neither text nor a list of it."""
    found = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, Iterable) else (None,)
    texts = tuple(each for each in found if isinstance(each, str))
    if len(texts) != len(found):
        message = f"{name}= is no list of text; expected one such as ['a', 'b']"
        raise ConfigurationError(message)
    return texts
