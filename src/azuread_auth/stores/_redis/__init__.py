"""How a Redis server is asked: its address, connections with a deadline, and why it could not be asked."""
