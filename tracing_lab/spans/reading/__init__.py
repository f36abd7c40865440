"""From the traces that X-Ray returns, or files of them, to the spans' columns."""
