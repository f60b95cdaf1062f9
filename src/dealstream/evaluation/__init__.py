"""Offline evaluation: counts are learned from one part of the events, and predict what became of the rest."""
