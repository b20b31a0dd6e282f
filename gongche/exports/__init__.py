"""What the centre owns as files that other programs read, and that come back the same."""
