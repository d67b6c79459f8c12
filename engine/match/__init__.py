"""Which conditions hold for which line of an order."""
