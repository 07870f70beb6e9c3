"""An installation looked at, piece by piece, for people."""
