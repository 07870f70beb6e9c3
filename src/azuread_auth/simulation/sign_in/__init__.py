"""How users sign in to a simulated tenant: in a browser, on another device, or by a call in a test."""
