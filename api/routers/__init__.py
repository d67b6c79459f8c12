"""The routes, one module per resource. Each reads its request, calls one use case and encodes the answer."""
