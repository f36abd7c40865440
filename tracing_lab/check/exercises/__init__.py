"""The workshop's exercises, one module per notebook, each with a tuple ``EXERCISES``."""
