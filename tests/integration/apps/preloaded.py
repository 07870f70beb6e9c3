"""The plain WSGI application, its keys fetched when the module is imported: before the server forks."""

from plain_wsgi import application

from azuread_auth.client import AzureAdClient
from azuread_auth.wsgi import AzureAdAuth

client = AzureAdClient()
client.warm_up()
app = AzureAdAuth(application, client=client)
