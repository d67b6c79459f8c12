"""The service around the engine: HTTP, pages and the command line."""
