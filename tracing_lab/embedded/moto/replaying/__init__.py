"""The calls that provisioned something: which they are, their journal, and what it can forget."""
