"""What the operator is told of token requests."""

import logging
from typing import Literal

from azuread_auth.errors import AzureAdError
from azuread_auth.ports import Event, Observer

__all__ = ["TokenEvents"]


class TokenEvents:
    """Records tokens that were got, and those that were not. `background`: nobody was waiting."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def acquired(
        self, flow: str, scopes: tuple[str, ...], source: Literal["provider", "store"], *, is_background: bool = False
    ) -> None:
        """A token came from there."""
        fields = {"flow": flow, "source": source, "scopes": " ".join(scopes), **_background(is_background)}
        message = f"token from the {source}: {flow}"
        self._observer.record(Event("token.acquired", logging.INFO, message, fields))

    def failed(self, flow: str, scopes: tuple[str, ...], error: AzureAdError, *, is_background: bool = False) -> None:
        """A request for a token failed."""
        self._failed("token.request_failed", "got", flow, scopes, error, is_background=is_background)

    def not_renewed(self, flow: str, scopes: tuple[str, ...], error: AzureAdError) -> None:
        """A renewal failed; the present token serves on."""
        self._failed("token.refresh_failed", "renewed", flow, scopes, error)

    def _failed(
        self,
        name: str,
        verb: str,
        flow: str,
        scopes: tuple[str, ...],
        error: AzureAdError,
        *,
        is_background: bool = False,
    ) -> None:
        fields: dict[str, str | int | float] = {
            "flow": flow,
            "error": getattr(error, "error", error.code),
            "scopes": " ".join(scopes),
            **_known(error, "aadsts", "correlation_id"),
            **_background(is_background),
        }
        message = f"no {flow} token could be {verb}: {error}"
        self._observer.record(Event(name, logging.WARNING, message, fields))


def _known(error: AzureAdError, *names: str) -> dict[str, str | int]:
    """What the provider said; nothing of what it did not say."""
    values = {name: getattr(error, name, None) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _background(is_background: bool) -> dict[str, str | int | float]:  # noqa: FBT001 - the only thing it is about
    return {"background": 1} if is_background else {}
