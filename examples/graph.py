"""A FastAPI application that calls Microsoft Graph as the user, and knows groups that tokens have no room for.

uv run --all-extras python examples/graph.py          serve it, with calls to try
uv run --all-extras python examples/graph.py --check  make the calls and end
"""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated

import httpx2
from fastapi import Depends, FastAPI, Request
from loopback import Call, run_asgi_in

from azuread_auth import AsyncAzureAdClient, AzureAdSettings, Group, Principal
from azuread_auth.asgi import AzureAdAuth
from azuread_auth.fastapi import azuread_client, require_scope
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.users import DEFAULT_USERS

Reader = Annotated[Principal, Depends(require_scope("Files.Read"))]
Azure = Annotated[AsyncAzureAdClient, Depends(azuread_client)]


async def with_all_groups(user: Reader, azure: Azure) -> Principal:
    """The caller, with all groups: asked of Graph where the token leaves them out."""
    return user.with_groups(await azure.member_groups(user))


Member = Annotated[Principal, Depends(with_all_groups)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx2.AsyncClient() as app.state.http:  # one for all users
        yield


def create_app(environ: Mapping[str, str] = os.environ) -> FastAPI:
    """The application; all settings come from the environment."""
    graph_url = environ.get("GRAPH_URL", "https://graph.microsoft.com/v1.0")
    report_readers = Group(environ["REPORTS_GROUP"])
    app = FastAPI(lifespan=lifespan)
    app.add_middleware(AzureAdAuth, settings=AzureAdSettings.from_env(environ))

    @app.get("/me")
    async def me(request: Request, user: Reader, azure: Azure) -> dict[str, str | None]:
        http: httpx2.AsyncClient = request.app.state.http
        answer = await http.get(f"{graph_url}/me?$select=displayName,mail", auth=azure.auth_for_user(user, "User.Read"))
        answer.raise_for_status()
        person = answer.json()
        return {"name": person["displayName"], "mail": person["mail"]}

    @app.get("/reports")
    async def reports(user: Member) -> dict[str, int]:
        report_readers.check(user)
        return {"groups": len(user.groups)}

    return app


@contextmanager
def graph(tenant: SimulatedTenant) -> Iterator[Mapping[str, str]]:
    """The environment of an application in the tenant, and where its stand-in for Graph is."""
    environ = tenant.environ()
    yield {**environ, "GRAPH_URL": tenant.graph_url, "REPORTS_GROUP": DEFAULT_USERS["gale"].groups[0]}


CALLS = [
    Call("without a token", "/me", None, 401),
    Call("as Adele", "/me", {"scopes": ["Files.Read"]}, 200),
    Call(
        "as Gale, who is in more groups than a token lists", "/reports", {"user": "gale", "scopes": ["Files.Read"]}, 200
    ),
    Call("as Adele, who is in none", "/reports", {"scopes": ["Files.Read"]}, 403),
]

if __name__ == "__main__":
    run_asgi_in(graph, create_app, CALLS)
