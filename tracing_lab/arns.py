"""Amazon Resource Names: parsed, and written.

Both halves of the library and the embedded AWS use them, so this does without botocore, whose own
parser takes any text with five colons for an ARN.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from functools import lru_cache
from typing import NamedTuple

_FUNCTION = "function"
_LOG_GROUP = "log-group:"


class Arn(NamedTuple):
    """A parsed ARN.

    Parameters
    ----------
    service
        For example ``lambda``.
    region, account_id
        Empty where the resource has none.
    resource
        All that follows, for example ``function:pay:live``.
    partition
        ``aws``, ``aws-cn`` or ``aws-us-gov``.
    """

    service: str
    region: str
    account_id: str
    resource: str
    partition: str = "aws"

    def __str__(self) -> str:
        """Return the ARN as text.

        Examples
        --------
        >>> str(Arn("sqs", "us-east-1", "123456789012", "letters"))
        'arn:aws:sqs:us-east-1:123456789012:letters'
        """
        return (
            f"arn:{self.partition}:{self.service}:{self.region}:{self.account_id}:{self.resource}"
        )

    @property
    def name(self) -> str:
        """What comes last in the resource, for example the name of a role, bus, rule or queue.

        Examples
        --------
        >>> parse_arn("arn:aws:iam::123456789012:role/service/pay").name
        'pay'
        """
        return self.resource.rpartition("/")[2].rpartition(":")[2]


class FunctionArn(NamedTuple):
    """A parsed ARN of a Lambda function.

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


@lru_cache(maxsize=4096)  # an order's path looks at some dozen, always the same
def as_arn(text: str) -> Arn | None:
    """Return a string parsed as an ARN; None when it is not one."""
    scheme, partition, service, region, account_id, resource = (*text.split(":", 5), *[""] * 5)[:6]
    if scheme != "arn" or not (partition and service and resource):
        return None
    return Arn(service, region, account_id, resource, partition)


def parse_arn(text: str) -> Arn:
    """Parse an ARN.

    Raises
    ------
    ValueError
        If the text is not an ARN.

    Examples
    --------
    >>> parse_arn("arn:aws:events:eu-west-1:123456789012:event-bus/shop").region
    'eu-west-1'
    >>> parse_arn("letters")
    Traceback (most recent call last):
    ValueError: 'letters' is not an ARN; write arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE
    """
    arn = as_arn(text)
    if arn is None:
        msg = f"{text!r} is not an ARN; write arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE"
        raise ValueError(msg)
    return arn


def service_in(text: str) -> str:
    """Return the service that an ARN names; empty when a string is not an ARN.

    Examples
    --------
    >>> service_in("arn:aws:sns:us-east-1:123456789012:t"), service_in("t")
    ('sns', '')
    """
    arn = as_arn(text)
    return "" if arn is None else arn.service


def log_group_in(text: str) -> str | None:
    """Return the name of the log group that an ARN names; None for any other string.

    Examples
    --------
    >>> log_group_in("arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/pay:*")
    '/aws/lambda/pay'
    >>> log_group_in("/aws/lambda/pay")
    """
    arn = as_arn(text)
    if arn is None or not arn.resource.startswith(_LOG_GROUP):
        return None
    return arn.resource.removeprefix(_LOG_GROUP).removesuffix(":*") or None


@lru_cache(maxsize=4096)
def parse_function_arn(text: str) -> FunctionArn:
    """Parse the ARN of a function, as integrations and targets of rules write it.

    Raises
    ------
    ValueError
        If the text is not the ARN of a function.

    Examples
    --------
    >>> parse_function_arn("arn:aws:lambda:us-east-1:123456789012:function:pay:live")
    FunctionArn(arn='arn:aws:lambda:us-east-1:123456789012:function:pay', name='pay', \
qualifier='live')
    """
    arn = as_arn(text)
    kind, name, *qualifiers = (*arn.resource.split(":"), "") if arn else ("", "")
    if arn is None or arn.service != "lambda" or kind != _FUNCTION or len(qualifiers) not in {1, 2}:
        msg = f"{text!r} is not the ARN of a Lambda function; pass arn:aws:lambda:...:function:NAME"
        raise ValueError(msg)
    return FunctionArn(str(arn._replace(resource=f"{kind}:{name}")), name, qualifiers[0] or None)


def function_name_in(text: str) -> str:
    """Return the name in what may be a function's name, its ARN or the end of that.

    Examples
    --------
    >>> function_name_in("arn:aws:lambda:us-east-1:123456789012:function:pay:live")
    'pay'
    >>> function_name_in("pay:live")
    'pay'
    """
    return text.rpartition(":function:")[2].partition(":")[0]
