"""Whether an application's Swagger UI signs users in."""

from collections.abc import Mapping
from typing import Any

from azuread_auth.cli.registration.facts import SwaggerSignIn

__all__ = ["swagger_of"]


# Any: somebody's application, of which only the names of some attributes are known.
def swagger_of(application: Any) -> SwaggerSignIn | None:  # noqa: ANN401
    """What `swagger_sign_in` has put into a FastAPI application; None without it."""
    described = type(getattr(application, "openapi", None))
    # By name: to load the description would load FastAPI.
    if f"{described.__module__}.{described.__name__}" != "azuread_auth._fastapi.sign_in.SignInDescription":
        return None
    options: object = getattr(application, "swagger_ui_init_oauth", None)
    path: object = getattr(application, "swagger_ui_oauth2_redirect_url", None)
    client_id = options.get("clientId") if isinstance(options, Mapping) else None
    if not isinstance(client_id, str) or not isinstance(path, str):
        return None
    return SwaggerSignIn(client_id=client_id, redirect_path=path)
