"""The error of mappings."""


class MappingError(ValueError):
    """A mapping is not valid; the message says which."""
