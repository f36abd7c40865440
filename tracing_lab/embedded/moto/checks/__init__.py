"""Rejects calls that do not fit the model of their service, before moto sees them."""
