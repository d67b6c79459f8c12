"""Cases beside rule sets: read, run, and compared with what came out."""
