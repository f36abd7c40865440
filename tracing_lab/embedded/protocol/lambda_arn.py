"""Function ARNs as integrations and rule targets write them."""

from typing import NamedTuple

_PARTS = 7
_PARTS_WITH_QUALIFIER = 8


class FunctionArn(NamedTuple):
    """A function's ARN taken apart.

    Parameters
    ----------
    arn
        The ARN without a qualifier.
    name
        The function's name.
    qualifier
        Version or alias; None for the unqualified function.
    """

    arn: str
    name: str
    qualifier: str | None = None


def parse_function_arn(text: str) -> FunctionArn:
    """Take a function ARN apart.

    Raises
    ------
    ValueError
        The text is not a function ARN.

    Examples
    --------
    >>> parse_function_arn("arn:aws:lambda:us-east-1:123456789012:function:pay:live")
    FunctionArn(arn='arn:aws:lambda:us-east-1:123456789012:function:pay', name='pay', \
qualifier='live')
    """
    parts = text.split(":")
    if len(parts) not in {_PARTS, _PARTS_WITH_QUALIFIER} or parts[2] != "lambda":
        msg = f"{text!r} is not the ARN of a Lambda function; give arn:aws:lambda:...:function:NAME"
        raise ValueError(msg)
    qualifier = parts[_PARTS] if len(parts) == _PARTS_WITH_QUALIFIER else None
    return FunctionArn(":".join(parts[:_PARTS]), parts[_PARTS - 1], qualifier)
