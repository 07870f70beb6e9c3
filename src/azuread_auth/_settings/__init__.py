"""The rules of settings, one module each, and the environment that settings are read from."""
