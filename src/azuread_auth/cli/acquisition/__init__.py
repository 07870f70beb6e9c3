"""Tokens got from the command line: how a user gets signed in, and what may be shown of the outcome."""
