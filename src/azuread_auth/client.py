"""The clients of this package, for applications and for the middlewares."""

from azuread_auth._adapters.blocking_runtime import run_blocking
from azuread_auth._adapters.tasks import is_loop_running
from azuread_auth._client.async_client import AsyncAzureAdClient
from azuread_auth._client.blocking_client import AzureAdClient
from azuread_auth._protocol.outbound_scopes import check_scopes
from azuread_auth.observability.logging import LOGGER_NAME

__all__ = ["LOGGER_NAME", "AsyncAzureAdClient", "AzureAdClient", "check_scopes", "is_loop_running", "run_blocking"]
