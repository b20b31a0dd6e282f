"""Zones and the question which positions lie in them; datums. No I/O."""
