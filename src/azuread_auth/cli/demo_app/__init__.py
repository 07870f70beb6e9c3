"""The sample application of `azuread-auth demo`: an API, a tenant to call it with, and a page that shows both."""
