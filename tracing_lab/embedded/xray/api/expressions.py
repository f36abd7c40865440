"""Parses filter expressions in requests."""

from tracing_lab.errors import FilterSyntaxError
from tracing_lab.filters import FilterExpression, parse

from .requests import InvalidRequest


def parse_member(text: str, name: str) -> FilterExpression:
    """Parse the filter expression in a member of a request.

    Parameters
    ----------
    text
        The expression.
    name
        The member, for the message.

    Raises
    ------
    InvalidRequest
        If it is malformed, with the column and what was expected there.
    """
    try:
        return parse(text)
    except FilterSyntaxError as error:
        msg = f"{name}: {error}"
        raise InvalidRequest(msg) from error
