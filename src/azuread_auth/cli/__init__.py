"""The command line: `azuread-auth`."""
