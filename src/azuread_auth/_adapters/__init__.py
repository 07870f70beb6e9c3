"""What implements the ports: HTTP over httpx2, event loops, threads, child processes. The client wires them."""
