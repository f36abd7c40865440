"""HTTP APIs and function URLs, which both pass requests to functions in payload format 2.0."""
