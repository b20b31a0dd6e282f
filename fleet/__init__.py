"""Nouns: what the district owns and what its trackers reported. Pure values; no I/O."""
