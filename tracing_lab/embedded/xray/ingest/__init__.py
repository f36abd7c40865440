"""Ingestion of documents: the daemon, validation, and interrupted segments."""
