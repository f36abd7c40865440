"""Build the documentation's site: pages, notebooks with outputs, reference, pictures."""
