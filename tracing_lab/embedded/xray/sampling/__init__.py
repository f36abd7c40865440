"""Sampling: rules, reservoirs, targets and statistics."""
