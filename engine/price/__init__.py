"""What an order costs: lanes, groups, stacking, price lists."""
