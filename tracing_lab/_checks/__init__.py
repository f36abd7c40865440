"""The workshop's exercises, one module per notebook; `tracing_lab.check` is the way in."""
