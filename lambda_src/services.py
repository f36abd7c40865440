"""What every handler needs, and the frame in which each of them does its work."""

import functools
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from faults import FaultInjector
from faults_json import faults_from_json
from logs import Logger
from metrics import DEFAULT_NAMESPACE, NAMESPACE_VARIABLE, Metrics
from tracing import Subsegment, Tracer

FAULTS_VARIABLE = "FAULTS"
TASK_ROOT_VARIABLE = "LAMBDA_TASK_ROOT"
"""Set by Lambda, and what the X-Ray SDK, too, knows it by."""


class LambdaContext(Protocol):
    """What the services use of the context object that Lambda passes to a handler."""

    @property
    def aws_request_id(self) -> str:
        """The id of the invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run, in milliseconds."""


@dataclass(frozen=True, kw_only=True)
class Services:
    """What a handler needs from the outside.

    Parameters
    ----------
    tracer
        Opens subsegments.
    log
        Writes log lines.
    metrics
        Writes business metrics.
    faults
        Makes the service slow or broken when a lesson wants it.
    """

    tracer: Tracer
    log: Logger
    metrics: Metrics
    faults: FaultInjector

    @contextmanager
    def invocation(self, step: str, context: LambdaContext) -> Iterator["Invocation"]:
        """Frame one invocation: a subsegment around all of it, and a log line if it fails.

        Parameters
        ----------
        step
            The name of the subsegment.
        context
            What Lambda passed to the handler.

        Yields
        ------
        Invocation
            What belongs to this invocation alone.
        """
        self.tracer.start_invocation()
        trace_id = self.tracer.trace_id()
        log = self.log.bind(trace_id=trace_id, request_id=context.aws_request_id)
        with self.tracer.subsegment(step) as subsegment:
            subsegment.annotate(service_name=log.service)
            try:
                yield Invocation(subsegment=subsegment, log=log, trace_id=trace_id, context=context)
            except Exception as error:
                subsegment.annotate(error=type(error).__name__)
                log.exception(
                    "invocation failed", step=step, error=type(error).__name__, reason=str(error)
                )
                raise


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """What belongs to one invocation.

    Parameters
    ----------
    subsegment
        The step around all of its work.
    log
        A logger whose lines carry the trace id and the request id.
    trace_id
        The id of the trace, empty when there is none.
    context
        What Lambda passed to the handler.
    """

    subsegment: Subsegment
    log: Logger
    trace_id: str
    context: LambdaContext

    def concerns(self, *, order_id: str, customer_id: str) -> None:
        """Annotate the invocation with the order that it is about.

        Parameters
        ----------
        order_id
            The order.
        customer_id
            Who ordered: an id, never a name or an address.
        """
        self.subsegment.annotate(order_id=order_id, customer_id=customer_id)


def services_from_environment(name: str, environ: Mapping[str, str]) -> Services:
    """Set up what a handler needs, once for an environment.

    Parameters
    ----------
    name
        The service's name.
    environ
        The process's environment variables; ``FAULTS`` may hold faults, and
        ``METRICS_NAMESPACE`` where the metrics belong.

    Returns
    -------
    Services
        Tracer, logger, metrics and faults.

    Raises
    ------
    FaultsError
        If ``FAULTS`` holds something that cannot work.
    """
    return Services(
        tracer=Tracer(name),
        log=Logger(service=name),
        metrics=Metrics(
            service=name, namespace=environ.get(NAMESPACE_VARIABLE) or DEFAULT_NAMESPACE
        ),
        faults=FaultInjector(faults_from_json(environ.get(FAULTS_VARIABLE)), service=name),
    )


ServicesT = TypeVar("ServicesT", bound=Services)


def entry_point(
    handle: Callable[[Mapping[str, Any], LambdaContext, ServicesT], dict[str, Any]],
    services: Callable[[Mapping[str, str]], ServicesT],
) -> Callable[[Mapping[str, Any], LambdaContext], dict[str, Any]]:
    """Return the function that Lambda calls.

    On Lambda the services are set up at once, so that it happens before the first invocation and a
    bad environment variable shows as a failing initialisation. Elsewhere importing a handler must
    not need AWS, so they are set up at the first call.

    Parameters
    ----------
    handle
        The handler, with the services as its last argument.
    services
        Sets the services up from the environment variables.

    Returns
    -------
    Callable
        A handler as Lambda knows it.
    """
    set_up = functools.cache(lambda: services(os.environ))
    if TASK_ROOT_VARIABLE in os.environ:
        set_up()

    def lambda_handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        return handle(event, context, set_up())

    return lambda_handler
