"""MQTT in: payload formats, identifying, storing, acknowledging."""
