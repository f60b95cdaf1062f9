"""Ranking: from counts, and from what a user just did, to the order of deals. Pure, and vectorised over candidates."""
