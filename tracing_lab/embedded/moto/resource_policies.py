"""Reads the policies of functions, queues, topics, buses and buckets from moto's state."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tracing_lab.arns import as_arn, service_in
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.catalog import function_policy

_GLOBAL = "aws"  # buckets have no regions; moto files them under the partition


def may_have_policy(arn: str) -> bool:
    """Return whether resources of this service have policies.

    Examples
    --------
    >>> may_have_policy("arn:aws:sqs:us-east-1:1:q"), may_have_policy("*")
    (True, False)
    """
    return service_in(arn) in _READERS


def resource_policy(arn: str) -> Mapping[str, Any] | None:
    """Return the policy of a resource; None when it has none, or there is no such resource.

    Parameters
    ----------
    arn
        Of the resource, or of a part of it.
    """
    parsed = as_arn(arn)
    if parsed is None or parsed.service not in _READERS:
        return None
    try:
        return _READERS[parsed.service](arn, parsed.region, parsed.resource)
    except KeyError:
        return None


def _function(arn: str, region: str, _name: str) -> Mapping[str, Any]:
    return function_policy(region, arn)


def _queue(_arn: str, region: str, name: str) -> Mapping[str, Any] | None:
    return _document(backend("sqs", region).queues[name].policy)


def _topic(arn: str, region: str, _name: str) -> Mapping[str, Any] | None:
    return _document(backend("sns", region).topics[arn].policy)


def _bus(_arn: str, region: str, name: str) -> Mapping[str, Any] | None:
    bus = backend("events", region).event_buses[name.removeprefix("event-bus/")]
    return _document(bus.policy)


def _bucket(_arn: str, _region: str, name: str) -> Mapping[str, Any] | None:
    policy = backend("s3", _GLOBAL).buckets[name.partition("/")[0]].policy
    return _document(policy.decode() if isinstance(policy, bytes) else policy)


_READERS: Mapping[str, Callable[[str, str, str], Mapping[str, Any] | None]] = {
    "events": _bus,
    "lambda": _function,
    "s3": _bucket,
    "sns": _topic,
    "sqs": _queue,
}


def _document(text: str | None) -> Mapping[str, Any] | None:
    document: Mapping[str, Any] | None = json.loads(text) if text else None
    return document
