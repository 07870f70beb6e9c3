"""What an application's registration in Entra has to say, by its configuration and code."""
