"""A FastAPI application that lists blobs with clients of the Azure SDK: as the user who calls, and as itself.

uv run --all-extras python examples/azure_sdk.py          serve it, with calls to try
uv run --all-extras python examples/azure_sdk.py --check  make the calls and end
"""

import os
from collections.abc import Mapping
from typing import Annotated, Any

from azure.core import PipelineClient
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import BearerTokenCredentialPolicy
from azure.core.pipeline.transport import AsyncioRequestsTransport, RequestsTransport
from azure.core.rest import HttpRequest
from azure.storage.blob import BlobServiceClient
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient
from blob_storage import blob_storage
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from loopback import Call, run_asgi_in

from azuread_auth import AsyncAzureAdClient, AzureAdSettings, Principal
from azuread_auth.asgi import AzureAdAuth
from azuread_auth.fastapi import require_app_role, require_scope

Reader = Annotated[Principal, Depends(require_scope("Files.Read"))]
Service = Annotated[Principal, Depends(require_app_role("Reports.Read.All"))]
STORAGE_SCOPE = "https://storage.azure.com/.default"


def create_app(environ: Mapping[str, str] = os.environ) -> FastAPI:
    """The application; all settings come from the environment."""
    # From the configuration, and never from a request: a storage account says for which API it wants a token.
    url = environ["STORAGE_URL"]
    verify: Any = environ.get("STORAGE_CA_BUNDLE", True)
    azure = AsyncAzureAdClient(AzureAdSettings.from_env(environ))
    blocking = azure.blocking()  # same settings, same tokens; for clients that do not wait on an event loop
    app = FastAPI()
    app.add_middleware(AzureAdAuth, client=azure)

    @app.exception_handler(HttpResponseError)
    async def refused(_request: Request, error: HttpResponseError) -> JSONResponse:
        status = 403 if error.status_code == 403 else 502
        return JSONResponse({"storage": getattr(error, "error_code", None)}, status)

    @app.get("/reports")
    def reports(user: Reader) -> list[str]:
        credential = blocking.token_credential(user)
        with BlobServiceClient(url, credential=credential, connection_verify=verify) as storage:
            return list(storage.get_container_client("reports").list_blob_names())

    @app.get("/reports/async")
    async def reports_async(user: Reader) -> list[str]:
        # Without a transport it is aiohttp, which has to be installed.
        transport = AsyncioRequestsTransport(connection_verify=verify)
        credential = azure.token_credential(user)
        async with AsyncBlobServiceClient(url, credential=credential, transport=transport) as storage:
            return [name async for name in storage.get_container_client("reports").list_blob_names()]

    @app.get("/reports/all")
    def all_reports(_service: Service) -> list[str]:
        credential = blocking.token_credential()  # the application itself
        with BlobServiceClient(url, credential=credential, connection_verify=verify) as storage:
            return list(storage.get_container_client("reports").list_blob_names())

    @app.get("/payroll")
    def payroll(user: Reader) -> str:
        # azure-core's own policy, which other clients have, answers claims challenges; azure-storage-blob's does not.
        policy = BearerTokenCredentialPolicy(blocking.token_credential(user), STORAGE_SCOPE)
        transport = RequestsTransport(connection_verify=verify)
        with PipelineClient[HttpRequest, Any](url, policies=[policy], transport=transport) as client:
            answer = client.send_request(HttpRequest("GET", f"{url}/payroll?restype=container&comp=list"))
            answer.raise_for_status()
            return f"{answer.status_code} from storage"

    return app


CALLS = [
    Call("without a token", "/reports", None, 401),
    Call("as Adele, who has a role in the storage account", "/reports", {"scopes": ["Files.Read"]}, 200),
    Call("the same without holding up the event loop", "/reports/async", {"scopes": ["Files.Read"]}, 200),
    Call("as Megan, who has none there", "/reports", {"user": "megan", "scopes": ["Files.Read"]}, 403),
    Call(
        "as a service, by the application's own role",
        "/reports/all",
        {"kind": "app", "roles": ["Reports.Read.All"]},
        200,
    ),
    Call("with a claims challenge that is answered", "/payroll", {"scopes": ["Files.Read"]}, 200),
]

if __name__ == "__main__":
    run_asgi_in(blob_storage, create_app, CALLS)
