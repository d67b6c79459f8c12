"""The only package that touches disk or database: tables, published rule sets, catalogue, orders, counters."""
