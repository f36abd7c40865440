"""The error of filter patterns that cannot be parsed."""


class LogPatternError(ValueError):
    """A filter pattern that CloudWatch Logs rejects; the message says why."""
