"""Where tokens and sessions are kept."""
