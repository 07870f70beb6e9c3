"""As much of Microsoft Graph as tells who somebody is, and in which groups."""
