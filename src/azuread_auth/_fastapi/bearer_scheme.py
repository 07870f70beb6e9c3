"""The access token, as OpenAPI describes it."""

from typing import Final

from fastapi.openapi.models import HTTPBearer
from fastapi.security import OAuth2
from starlette.requests import HTTPConnection

__all__ = ["BEARER_SCHEME", "SCHEME_NAME"]

SCHEME_NAME: Final = "AzureAd"


class _BearerScheme(OAuth2):
    """OAuth2 by class, so that FastAPI writes scopes beside it; described as a bearer token of unknown origin.

    Where to sign in is known to applications that call `swagger_sign_in`, and put in its place there.
    """

    def __init__(self) -> None:
        super().__init__(scheme_name=SCHEME_NAME, auto_error=False)
        self.model = HTTPBearer(bearerFormat="JWT", description="an access token of Microsoft Entra ID for this API")

    async def __call__(self, request: HTTPConnection) -> None:
        """Nothing: the middleware has read the token."""


BEARER_SCHEME: Final = _BearerScheme()
