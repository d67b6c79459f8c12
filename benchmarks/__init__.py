"""How fast Fenrun is, and beside what: `make bench`."""
