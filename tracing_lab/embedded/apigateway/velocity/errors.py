"""The error of templates."""


class TemplateError(ValueError):
    """A template cannot be read, or cannot be evaluated; the message says what and where."""
