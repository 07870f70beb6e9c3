"""Where events go: logs and metrics."""
