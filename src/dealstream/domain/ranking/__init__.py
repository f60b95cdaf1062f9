"""Ranking: from counts, and from what a user just did, to the order of deals. Pure, and vectorised over candidates.

In the data's order: `candidates` (deals as the impressions they would be), `lookup` (the counts of their buckets),
`backoff` (each level's rate along the chains of a `tree`), `combine` (all chains as one rate), `affinity` (what the
user's `history` adds), `explore` (draws, and a cap on what is unproven), `rank` (all of it together) and `explain`.
"""
