"""Mapping of requests to integrations that are no proxies, and of their responses to clients."""
