"""What the token endpoint of a simulated tenant does: one module for each grant, and what they share."""
