"""Lambda authorizers of REST APIs."""
