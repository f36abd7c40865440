"""Execution environments: processes with a function's code, their number and limits."""
