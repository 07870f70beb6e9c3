"""Recordings of outbound token requests, without a secret in them, and their replay without a provider."""
