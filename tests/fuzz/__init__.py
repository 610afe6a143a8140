"""Searches for a way around the gateway's core for minutes or hours: `make fuzz`."""
