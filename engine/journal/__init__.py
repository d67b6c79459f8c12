"""Money after the sale: events of an order, what its books say, the journal over all of them, and its audit.

Cumulative, not incremental: what the books say about an order is a pure function of the set of its events, and an entry
is the difference that one more event makes.
"""
