"""Dependencies for FastAPI: who may call a route, described in OpenAPI, and sign-in for its Swagger UI.

    @app.get("/files")
    async def files(user: Annotated[Principal, Depends(require_scope("Files.Read"))]): ...

The middleware `azuread_auth.asgi.AzureAdAuth` judges the caller's token; these dependencies judge what the caller may.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from functools import reduce
from inspect import Parameter, Signature
from operator import and_
from typing import Annotated, Any, Final, Generic, NoReturn, TypeVar

from azuread_auth._web.gate import Gate, WebRequest
from azuread_auth._web.paths import PathRules
from azuread_auth._web.refusals import NotAuthenticated
from azuread_auth._web.replies import Refusals, WebReply
from azuread_auth.asgi import RequestAuth
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.errors import AzureAdError, ConfigurationError, PermissionDenied
from azuread_auth.principal import Principal
from azuread_auth.requirements import AppRole, IsUser, Requirement, Role, Scope
from azuread_auth.settings import AzureAdSettings

try:
    from fastapi import Depends, FastAPI, HTTPException, Security
    from fastapi.exception_handlers import http_exception_handler
    from fastapi.openapi.models import HTTPBearer
    from fastapi.security import OAuth2
    from pydantic import BaseModel, ConfigDict, model_serializer
except ModuleNotFoundError as error:
    _MISSING = 'azuread_auth.fastapi needs FastAPI, which is not installed: pip install "azuread-auth[fastapi]"'
    raise ImportError(_MISSING) from error

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import HTTPConnection
