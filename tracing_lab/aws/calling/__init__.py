"""Calls to AWS: paced within quotas, retried after transient errors, with helpful errors."""
