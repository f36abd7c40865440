"""What the control plane accepts and no data plane simulates: a table, and who enforces it."""
