"""The finance gate's awkward rows: a table that a careful clerk would agree with (docs/finance.md shows it)."""
