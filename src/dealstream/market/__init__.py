"""A market to play with: made-up visitors with hidden tastes, who are shown pages of deals and buy or don't.

In reading order: `world` (who and what there is), `truth` (how likely each visitor buys each deal), `shop` (what
ranks and learns), `tally` (what came of each kind of page), `simulation` (the visits), `report`.
"""
