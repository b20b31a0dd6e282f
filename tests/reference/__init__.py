"""Slow, plain readings of the design's definitions, to hold the fast program against."""
