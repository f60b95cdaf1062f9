"""Spouts: wiring between a source and the domain."""
