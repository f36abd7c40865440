"""The error of queries that cannot be parsed."""


class MalformedQueryError(ValueError):
    """A query that cannot be run.

    Parameters
    ----------
    message
        What is wrong and where.
    start, end
        Offsets of the part that is wrong, in characters.
    """

    def __init__(self, message: str, *, start: int, end: int) -> None:
        super().__init__(message)
        self.start = start
        self.end = end
