"""``python -m gongche``."""

from gongche.cli import main

main()
