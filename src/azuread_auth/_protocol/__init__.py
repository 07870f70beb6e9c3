"""Pure rules: values in, values out. No await, clock, environment, randomness or I/O."""
