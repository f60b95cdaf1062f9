"""Dealstream: exact conversion rates of every deal in every audience, within seconds."""
