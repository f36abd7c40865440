"""Derives whole traces, summaries, service graphs and root causes from documents."""
