"""Integration between events."""
