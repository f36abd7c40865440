"""URIs of integrations: the service, and what of it is called.

https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html
"""

import re
from typing import NamedTuple

_URI = re.compile(
    r"arn:[^:]+:apigateway:(?P<region>[^:]*):(?:[^.:]+\.)?(?P<service>[^.:]+):"
    r"(?P<kind>path|action)/(?P<rest>.*)",
    re.DOTALL,
)


class ServiceUri(NamedTuple):
    """What an integration calls.

    Parameters
    ----------
    region, service
        Where.
    action
        The action; None if the integration has a path.
    path
        The path, from ``/`` on.
    """

    region: str
    service: str
    action: str | None
    path: str


def parse_uri(uri: str) -> ServiceUri | None:
    """Return what an integration's URI names; None if it is not of an AWS service.

    Examples
    --------
    >>> parse_uri("arn:aws:apigateway:us-east-1:sqs:path/123456789012/letters")
    ServiceUri(region='us-east-1', service='sqs', action=None, path='/123456789012/letters')
    >>> parse_uri("arn:aws:apigateway:us-east-1:events:action/PutEvents").action
    'PutEvents'
    """
    match = _URI.fullmatch(uri)
    if match is None:
        return None
    if match["kind"] == "action":
        action, _, query = match["rest"].partition("&")
        return ServiceUri(match["region"], match["service"], action, f"/{query and '?'}{query}")
    return ServiceUri(match["region"], match["service"], None, "/" + match["rest"].lstrip("/"))
