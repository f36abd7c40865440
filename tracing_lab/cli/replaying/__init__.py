"""``tracing-lab replay``: `options` are read without loading what `verb` needs."""
