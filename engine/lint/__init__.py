"""Judgements over sound rule sets: the law, reach, gaps, figures without effect."""
