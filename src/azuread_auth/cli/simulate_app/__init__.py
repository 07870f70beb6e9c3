"""What `azuread-auth simulate` serves beside the tenant: a page with its accounts, tokens and what it was asked."""
