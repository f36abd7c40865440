"""The trace store: documents in SQLite, with group commits and crash recovery."""
