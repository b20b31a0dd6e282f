"""Sheets of what the centre owns, read row by row: good rows go in, bad ones come back with line and reason."""
