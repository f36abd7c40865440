"""The many ways to write the name of a service, brought to one."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final, NamedTuple

from tracing_lab import config

_ALIASES: Final = {
    **dict.fromkeys(("bus", "event-bus", "eventbridge", "amazon-eventbridge"), "events"),
    **dict.fromkeys(("aws-events", "event", "amazon-events"), "events"),
    **dict.fromkeys(("gateway", "api-gateway", "apigateway", "rest-api"), "api"),
}
_KEY = re.compile(r"(?P<name>.*?)\s*\[(?P<type>[^\]]*)\]")
_DIGITS = re.compile(r"[0-9a-f]{8}|\d+")
_ROLES: Final = ("service", "function", "lambda", "handler", "svc", "fn")
KNOWN: Final = (*config.SERVICES, "api", "events", "client")


class Spelled(NamedTuple):
    """A node's name without what differs from stack to stack, and its type if it was given."""

    name: str
    type: str


def spelled(text: str) -> Spelled:
    """Return the short form of a name.

    Parameters
    ----------
    text
        ``payment``, ``Payment_Service``, ``shop-dev-payment-0de6b2b1``, a node's key such as
        ``shop-dev-payment-0de6b2b1 [AWS::Lambda]``, a log group, or the name of anything else.

    Examples
    --------
    >>> spelled("Payment_Service").name, spelled("shop-dev-payment-0de6b2b1 [AWS::Lambda]")
    ('payment', Spelled(name='payment', type='aws::lambda'))
    >>> spelled("shop-dev-api-0de6b2b1/prod").name, spelled("EventBridge").name
    ('api', 'events')
    >>> spelled("123456789012:/aws/lambda/shop-dev-payment-0de6b2b1").name
    'payment'
    """
    match = _KEY.fullmatch(text.strip().strip("'\"`").strip())
    name, kind = (match["name"], match["type"]) if match else (text, "")
    return Spelled(_short(name), kind.strip().casefold())


def _short(name: str) -> str:
    plain = re.sub(r"[\s_:]+", "-", name.strip().strip("'\"`").strip().casefold())
    of_function = plain.rpartition("/aws/lambda/")[2]  # a function's log group has its name
    before_stage = of_function.partition("/")[0] or of_function
    words = [word for word in before_stage.split("-") if word]
    if len(words) > 1 and _DIGITS.fullmatch(words[-1]):
        words.pop()
    if len(words) > 1 and words[-1] in _ROLES:
        words.pop()
    last = words[-1] if words else ""
    singular = last[:-1] if last.endswith("s") and last[:-1] in config.SERVICES else last
    if singular in {*config.SERVICES, "api"}:
        return singular
    return _ALIASES.get("-".join(words), plain)


def is_service(text: str) -> bool:
    """Return whether a name is that of one of the workshop's services, in any spelling."""
    return spelled(text).name in config.SERVICES


def misspelled(names: Iterable[str], known: Iterable[str]) -> str | None:
    """Return the first of some short names that is unknown but close to a known one.

    Examples
    --------
    >>> misspelled(["order", "paymnet"], KNOWN), misspelled(["sqs"], KNOWN)
    ('paymnet', None)
    """
    all_known = {*known, *KNOWN}
    unknown = [name for name in dict.fromkeys(names) if name not in all_known]
    return next((name for name in unknown if get_close_matches(name, all_known, cutoff=0.75)), None)
