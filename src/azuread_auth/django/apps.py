"""The application of Django's that `INSTALLED_APPS` names for its checks."""

from django.apps import AppConfig

__all__ = ["AzureAdConfig"]


class AzureAdConfig(AppConfig):
    """`manage.py check` looks at the configuration."""

    name = "azuread_auth.django"
    label = "azuread_auth"

    def ready(self) -> None:
        """Register the checks."""
        from azuread_auth.django import checks  # noqa: PLC0415 - needs models

        checks.register_checks()
