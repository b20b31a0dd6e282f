"""Positions in: MQTT and its payload formats. Receive → decode → identify → store → acknowledge (pipeline.py)."""
