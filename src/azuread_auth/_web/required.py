"""What decorators and dependencies require, from how applications write it."""

from collections.abc import Callable
from functools import reduce
from operator import and_

from azuread_auth.errors import ConfigurationError
from azuread_auth.requirements import Requirement

__all__ = ["all_of", "one_requirement"]


def all_of(factory: str, kind: Callable[[str], Requirement], names: tuple[str, ...]) -> Requirement:
    """The requirement of all these names. Raises ConfigurationError without one, and for what is no name."""
    if not names:
        message = f'{factory}() has no name to require; write {factory}("Files.Read"), with one or more'
        raise ConfigurationError(message)
    return reduce(and_, map(kind, names))


def one_requirement(value: object) -> Requirement:
    """The value. Raises ConfigurationError for what is no requirement."""
    if not isinstance(value, Requirement):
        message = 'require() takes one requirement, such as require(Scope("Files.Read")); combine several with & or |'
        raise ConfigurationError(message)
    return value
