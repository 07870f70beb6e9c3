"""The use cases that bring tokens, one for each grant; they know the exchange and not each other."""
