"""What the MCP SDK is told about callers, and what is answered for it."""
