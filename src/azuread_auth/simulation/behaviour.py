"""What a simulated tenant does in one way or another, as a test wants it."""

from dataclasses import dataclass, fields
from typing import Literal

__all__ = ["Behaviour", "ExpiryForm"]

ExpiryForm = Literal["seconds", "linux", "windows"]


@dataclass(slots=True, kw_only=True)
class Behaviour:
    """Switches of a simulated tenant; change them at any time: `tenant.behaviour.refresh_in_seconds = 1800`."""

    token_lifetime_seconds: int = 3600
    """How long access tokens live; `expires_in` is one second less."""
    cae_token_lifetime_seconds: int = 86_400
    """The same for Graph and clients that take claims challenges (CP1): Entra's tokens live 20 to 28 hours there."""
    refresh_in_seconds: int | None = None
    """What `refresh_in` says; None leaves it out."""
    revokes_reused_refresh_tokens: bool = False
    """Whether a refresh token that was exchanged before ends its whole family. Entra's stay usable."""
    device_code_lifetime_seconds: int = 900
    """How long a device code can be used."""
    device_interval_seconds: float = 5
    """How long a client must wait between two questions after a device code; 0 lets it ask at any time."""
    sends_issuer_in_callback: bool = False
    """Whether callbacks carry `iss` (RFC 9207). Entra's do not."""
    longest_assertion_seconds: int = 600
    """How far ahead `exp` of a client assertion may be, clock skew aside."""
    secret_has_expired: bool = False
    """Whether every client secret is refused as expired."""
    expires_on_form: ExpiryForm = "seconds"
    """How Azure ML, and App Service of 2017, spell `expires_on`: App Service always as a date."""

    def reset(self) -> None:
        """Put every switch back."""
        for each in fields(self):
            setattr(self, each.name, each.default)
