"""Values that FastAPI awaits for a parameter, and that people are told not to call."""

from abc import ABC, abstractmethod
from collections.abc import Coroutine
from inspect import Parameter, Signature
from typing import Any, Generic, TypeVar

from starlette.requests import HTTPConnection

__all__ = ["Dependency"]

T = TypeVar("T")


class Dependency(ABC, Generic[T]):
    """What stands in `Depends(...)`. To call it by hand is a TypeError that says so."""

    def __init__(self, name: str, *parameters: Parameter) -> None:
        self._name = name
        connection = Parameter("connection", Parameter.POSITIONAL_OR_KEYWORD, annotation=HTTPConnection)
        self.__signature__: Signature = Signature([connection, *parameters])
        # FastAPI looks at the object to see that it has to await. A call goes to the class, which can complain at once.
        vars(self)["__call__"] = self.resolve

    def __call__(self, connection: HTTPConnection | None = None, **_described: None) -> Coroutine[Any, Any, T]:
        """What `resolve` gives. Raises TypeError unless it is FastAPI that calls."""
        if not isinstance(connection, HTTPConnection):
            message = f"{self!r} is a dependency and was called; FastAPI calls it when you write Depends({self!r})"
            raise TypeError(message)
        return self.resolve(connection)

    @abstractmethod
    async def resolve(self, connection: HTTPConnection) -> T:
        """The value for one request or WebSocket."""

    def __repr__(self) -> str:
        return self._name
