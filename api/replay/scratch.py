"""Temporary databases: room on disk for what a replay must remember and cannot hold in memory."""

import sqlite3

CACHE_KIB = 8_192


def scratch_database() -> sqlite3.Connection:
    """A private SQLite database in a temporary file that nobody else sees and that goes when it is closed.

    One transaction is open all the time and nothing is ever synced: whatever is in it may be lost at any moment.
    """
    database = sqlite3.connect("", isolation_level=None)
    for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KIB}"):
        database.execute(f"PRAGMA {setting}").close()
    database.execute("BEGIN")
    return database
