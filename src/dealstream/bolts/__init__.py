"""Bolts: wiring between Storm and the domain, one step a file."""
