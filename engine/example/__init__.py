"""From a condition to a small order on which it holds."""
