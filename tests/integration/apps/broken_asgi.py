"""A Starlette application with a mistake in its configuration, which no module that imports it hears of."""

from starlette.applications import Starlette

from azuread_auth.asgi import AzureAdAuth

app = Starlette()
app.add_middleware(AzureAdAuth, public_paths=("healthz",))
