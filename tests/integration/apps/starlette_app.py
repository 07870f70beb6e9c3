"""A Starlette application: middleware by `add_middleware`, permissions by Starlette's own decorator."""

from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.responses import JSONResponse
from starlette.routing import Route

from azuread_auth.asgi import AzureAdAuth


async def whoami(request):
    """Who calls."""
    return JSONResponse({"caller": request.user.object_id})


@requires("Files.Read")
async def files(request):
    """For callers with a scope."""
    return JSONResponse({"caller": request.user.object_id})


app = Starlette(routes=[Route("/whoami", whoami), Route("/files", files)])
app.add_middleware(AzureAdAuth)
