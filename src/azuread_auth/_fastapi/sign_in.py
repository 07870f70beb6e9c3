"""What Swagger UI has to know to sign users in."""

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel, PrivateAttr, model_serializer

from azuread_auth._fastapi.bearer_scheme import SCHEME_NAME
from azuread_auth.client import AsyncAzureAdClient

__all__ = ["OfferedScopes", "SignInDescription"]

OpenApiDocument = dict[str, Any]


class SignInDescription:
    """An application's OpenAPI document with the place to sign in, and scopes as clients request them."""

    def __init__(self, describe: Callable[[], OpenApiDocument], client: AsyncAzureAdClient) -> None:
        self.describe = describe
        self._engine = client.engine

    def __call__(self) -> OpenApiDocument:
        """The document of the moment: routes may have been added since."""
        document = self.describe()
        scopes: dict[str, str] = {}
        for requirement in _security_requirements(document):
            full_names = self._engine.full_scopes(tuple(requirement[SCHEME_NAME]))
            requirement[SCHEME_NAME] = list(full_names)
            scopes |= {name: name.rpartition("/")[2] for name in full_names}
        document.setdefault("components", {}).setdefault("securitySchemes", {})[SCHEME_NAME] = self._scheme(scopes)
        return document

    def _scheme(self, scopes: dict[str, str]) -> dict[str, object]:
        authority = self._engine.provider.authority
        # Entra gives no token without a scope; .default stands for whatever has been granted.
        offered = scopes or dict.fromkeys(self._engine.full_scopes((".default",)), "everything granted")
        urls = {"authorizationUrl": authority.authorization_url, "tokenUrl": authority.token_url}
        return {"type": "oauth2", "flows": {"authorizationCode": {**urls, "scopes": offered}}}


def _security_requirements(document: OpenApiDocument) -> Iterator[dict[str, list[str]]]:
    """Those of all operations that name our scheme."""
    operations = (operation for path in document.get("paths", {}).values() for operation in path.values())
    for operation in operations:
        if isinstance(operation, dict):
            yield from (each for each in operation.get("security", ()) if SCHEME_NAME in each)


class OfferedScopes(BaseModel):
    """The scopes that Swagger UI's dialog ticks; listed when its page is made, since routes may be added until then."""

    _describe: SignInDescription = PrivateAttr()

    def __init__(self, describe: SignInDescription) -> None:
        super().__init__()
        self._describe = describe

    @model_serializer
    def names(self) -> list[str]:
        """The full names."""
        scheme = self._describe()["components"]["securitySchemes"][SCHEME_NAME]
        return list(scheme["flows"]["authorizationCode"]["scopes"])
