"""The trace store: documents in SQLite, written in groups, read again after a crash."""
