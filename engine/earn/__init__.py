"""Who earns what on a priced order: commissions, splits, regional agents, the ceiling."""
