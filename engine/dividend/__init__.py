"""Dividend pools: funds, holders, and a distribution that loses no fraction of a fen."""
