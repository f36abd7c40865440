"""ARNs of the stack's resources: they follow from type, name and site.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/ (resource types).
"""

from collections.abc import Mapping

from tracing_lab.stack import Resource, Site

# What follows the account; {name} and the resource's own text properties may be used.
_REGIONAL: Mapping[str, tuple[str, str]] = {
    "AWS::Events::EventBus": ("events", "event-bus/{name}"),
    "AWS::Events::Rule": ("events", "rule/{EventBusName}/{name}"),
    "AWS::Lambda::Function": ("lambda", "function:{name}"),
    "AWS::Logs::LogGroup": ("logs", "log-group:{name}"),
    "AWS::SNS::Topic": ("sns", "{name}"),
    "AWS::SQS::Queue": ("sqs", "{name}"),
}
_GLOBAL: Mapping[str, tuple[str, str]] = {"AWS::IAM::Role": ("iam", "role/{name}")}


def arn(resource: Resource, site: Site) -> str | None:
    """Make the ARN of a resource.

    Parameters
    ----------
    resource
        Any resource of the stack.
    site
        Where it lives.

    Returns
    -------
    str | None
        The ARN; None for types whose ARN does not follow from the name.

    Examples
    --------
    >>> bus = Resource(type="AWS::Events::EventBus", logical="bus", name="b", properties={})
    >>> arn(bus, Site("123456789012", "us-east-1"))
    'arn:aws:events:us-east-1:123456789012:event-bus/b'
    """
    service, form = ({**_REGIONAL, **_GLOBAL}).get(resource.type, ("", ""))
    if not service:
        return None
    region = "" if resource.type in _GLOBAL else site.region
    texts = {key: text for key, text in resource.properties.items() if isinstance(text, str)}
    what = form.format_map({**texts, "name": resource.name})
    return f"arn:{site.partition}:{service}:{region}:{site.account_id}:{what}"


def has_name(resource: Resource) -> bool:
    """Tell whether other resources refer to this one by its physical name.

    Parameters
    ----------
    resource
        Any resource of the stack.

    Returns
    -------
    bool
        True where the name is what an API call takes, unlike for example a REST API's.
    """
    return resource.type in _REGIONAL or resource.type in _GLOBAL
