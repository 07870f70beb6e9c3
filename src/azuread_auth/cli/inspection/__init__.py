"""A token taken apart and judged, for people."""
