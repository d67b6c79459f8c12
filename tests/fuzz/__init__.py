"""Hostile input: made-up and damaged rule sets, orders, refunds and requests, and what must hold for all of them.

Everything comes from a seed, so that any case is made again from its number alone.  `make fuzz` runs it for long;
`test_sample.py` runs a fixed sample.
"""
