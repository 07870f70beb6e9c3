"""The two clients, and what both of them wire together."""
