"""Counterfactuals, on demand: the smallest change that would make a rule apply, verified by evaluating it."""
