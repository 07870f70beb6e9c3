"""The inbound side without a framework: requests in, decisions and replies out."""
