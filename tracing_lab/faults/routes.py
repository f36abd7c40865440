"""From a fault to where somebody notices it, over nodes of the service graph.

**The truth follows from how a fault is made, never from an algorithm.** A route starts at the node
with the fault:

1. Where a caller waits for the service (the order service), it goes against the calls up to the
   API's stage, which responds late or with an error. An invocation that Lambda itself rejects
   (throttling) starts at Lambda's node, because the function never runs.
2. Where a service takes long but publishes its event, or publishes it twice, it follows the event
   over the bus to the end of the chain, the notification service, which is late, or runs twice.
3. Where a service fails, so that no event follows, or nothing follows anyway (notification), it
   ends at Lambda's node: the invocation that fails or takes long.
4. Where an event gets lost, it ends where nothing arrives: at the bus if the service has not
   published it, at Lambda's node of the consumer if the bus has not passed it on.
"""

from collections.abc import Callable
from typing import Final

from tracing_lab.stack import Names

BUS: Final = "Events [AWS::Events]"

Node = Callable[[str, str], str]
"""Returns a node of the service graph: of a service's ``function`` or of ``lambda``, which invokes
it, or the ``stage`` of the API."""

Route = Callable[[str, Node], tuple[str, ...]]
"""Returns the route of a fault of a service."""

_WAITED_FOR: Final = "order"
_LAST: Final = "notification"


def nodes_of(names: Names) -> Node:
    """Return a function that names the nodes of a stack's service graph.

    Parameters
    ----------
    names
        The stack's names.
    """

    def node(service: str, what: str) -> str:
        if what == "stage":
            return f"{names.api}/{names.config.api_gateway_stage_name} [AWS::ApiGateway::Stage]"
        kind = "AWS::Lambda::Function" if what == "function" else "AWS::Lambda"
        return f"{names.function(service)} [{kind}]"

    return node


def fails(service: str, node: Node) -> tuple[str, ...]:
    """Return the route of a service that fails or never ends."""
    function, invoker = node(service, "function"), node(service, "lambda")
    return (function, invoker, *([node("api", "stage")] if service == _WAITED_FOR else []))


def is_late(service: str, node: Node) -> tuple[str, ...]:
    """Return the route of a service that takes long, or does its work more than once."""
    return fails(service, node) if service in {_WAITED_FOR, _LAST} else repeats(service, node)


def repeats(service: str, node: Node) -> tuple[str, ...]:
    """Return the route of a service that publishes events more than once."""
    return node(service, "function"), BUS, node(_LAST, "lambda"), node(_LAST, "function")


def is_throttled(service: str, node: Node) -> tuple[str, ...]:
    """Return the route of a service that Lambda does not run often enough."""
    return fails(service, node)[1:]


def loses(service: str, node: Node) -> tuple[str, ...]:
    """Return the route of a service that does not publish its events."""
    return node(service, "function"), BUS


def gets_nothing(service: str, node: Node) -> tuple[str, ...]:
    """Return the route of a rule that passes no events to a service."""
    return BUS, node(service, "lambda")


def nothing(_service: str, _node: Node) -> tuple[str, ...]:
    """Return no route, as there is no fault."""
    return ()
