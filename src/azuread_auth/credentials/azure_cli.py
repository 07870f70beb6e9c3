"""Whoever is signed in to the Azure CLI on this machine."""

from dataclasses import dataclass

from azuread_auth.credentials.base import Credential

__all__ = ["AzureCli"]


@dataclass(frozen=True, slots=True)
class AzureCli(Credential):
    """The account of `az login`, for development. Gets tokens for that account alone."""
