"""The hosts that give managed identities their tokens, each with its own wire format."""
