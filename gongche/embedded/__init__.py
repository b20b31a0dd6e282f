"""Real servers from wheels, started and stopped by the program."""
