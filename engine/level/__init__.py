"""Levels of promoters: figures, reviews, and what is missing for the next one."""
