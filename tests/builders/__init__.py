"""Builders: a track, a span, a zone in a line of a test."""
