"""What is derived from documents: whole traces, summaries, service graphs and root causes."""
