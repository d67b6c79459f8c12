"""Fenrun's pure core: rule-set text and order events in, prices, accruals and explanations out.

Nothing in this package reads a file, a clock, the network or the environment, and nothing keeps state between
calls except caches keyed by content.  Read `evaluate.py` first: it is the table of contents.
"""

SEMANTICS = 1
"""Goes up whenever a clause of docs/semantics.md changes; stored with every evaluation so that replays are honest."""
