"""The custom event bus, and the rules that route its events to the services."""

from collections.abc import Mapping
from typing import Any

from . import api, failures
from .describing import named
from .model import Resource
from .names import Names

# Service to source and detail types of the events that its rule matches.
PATTERNS: Mapping[str, Mapping[str, list[str]]] = {
    "payment": {"source": ["order.service"], "detail-type": ["Order Created"]},
    "inventory": {"source": ["order.service"], "detail-type": ["Order Created"]},
    "notification": {
        "source": ["payment.service", "inventory.service"],
        "detail-type": ["Payment Processed", "Inventory Updated"],
    },
}


def resources(names: Names) -> list[Resource]:
    """Return the bus, its rules, and their permissions to invoke functions.

    Returns
    -------
    list[Resource]
        The bus, and a rule with its permission for each service that receives events.
    """
    found = [named("AWS::Events::EventBus", "bus", names.bus, {"Tags": names.tags})]
    for service, pattern in PATTERNS.items():
        found += [_rule(names, service, pattern), _rule_permission(names, service)]
    return found


def _rule(names: Names, service: str, pattern: Mapping[str, Any]) -> Resource:
    settings = failures.target_settings(names, service)
    target = {"Arn": names.function_arn(service), **settings}
    properties = {
        "EventBusName": names.bus,
        "EventPattern": pattern,
        "State": "ENABLED",
        "Tags": names.tags,
        "Targets": {service: target},
    }
    return named(
        "AWS::Events::Rule",
        f"{service}-rule",
        names.rule(service),
        properties,
        depends_on=("bus", f"{service}-function", f"{service}-dead-letters"),
    )


def _rule_permission(names: Names, service: str) -> Resource:
    return api.permission(
        names,
        service,
        principal="events.amazonaws.com",
        source_arn=names.rule_arn(service),
        depends_on=(f"{service}-function",),
    )
