"""What `azuread_auth.fastapi` is made of."""
