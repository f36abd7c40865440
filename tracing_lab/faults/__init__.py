"""Inject faults into running services, and clear them.

::

    tl.faults.inject(config, "payment", error_rate=0.3, error_type="CardDeclined")
    tl.faults.inject(config, "inventory", latency_ms=250)
    tl.faults.inject(config, "order", reserved_concurrency=1)
    tl.faults.active(config)                 what is wrong now, read from the functions
    tl.faults.clear(config)                  undo all that was injected
    tl.faults.clear(config, "payment")       the same of one service
    tl.faults.restart(config, "payment")     new environments, so cold starts
    tl.faults.send_poison(config)            an event that its consumer can never process
    tl.faults.inject_secret(config)          a fault that you have to find
    tl.faults.scenarios()                    the faults by name, each with an example
    tl.faults.incident("bad-deploy", "payment").inject(config)

Faults of a service's work and events are its function's variable ``FAULTS``; `lambda_src` describes
its members. Setting one restarts the function's environments, so its next invocations start cold.
Other faults change the function, its role or its rule. All are the same calls on the embedded AWS
and on a real account. A tag of the function says what was injected, so that any process can clear
it, and `tracing_lab.deploy.drift` tells it from a change by hand.
"""

import functools
from datetime import UTC, datetime
from typing import Any

from tracing_lab.aws import Aws
from tracing_lab.config import SERVICES, Config
from tracing_lab.config.fault_limits import unknown
from tracing_lab.deploy.own_functions import OwnFunctions
from tracing_lab.errors import ConfigError

from .incidents import Incident, incident
from .injecting import DeployedFaults, restart_environments, set_faults
from .poison import POISONABLE, PoisonMessage, send_poison_to
from .scenarios import SCENARIOS, Scenario, scenario, scenarios
from .secret import Secret, random_fault
from .settings import Injected, checked_faults

__all__ = [
    "POISONABLE",
    "SCENARIOS",
    "Incident",
    "Injected",
    "PoisonMessage",
    "Scenario",
    "Secret",
    "active",
    "clear",
    "incident",
    "inject",
    "inject_secret",
    "restart",
    "scenario",
    "scenarios",
    "send_poison",
]


def inject(config: Config, service: str, *, aws: Aws | None = None, **settings: Any) -> Injected:
    """Inject faults into a running service, and wait until they take effect.

    Faults that the service has already are replaced; those of other services stay. On a real
    account, a denied action may work for some seconds more.

    Parameters
    ----------
    config
        The stack's variables.
    service
        The service, for example ``payment``.
    aws
        The AWS clients; created from `config` by default.
    **settings
        Of its work: ``latency`` (a distribution with its parameters), ``latency_ms`` (a constant
        one), ``error_rate`` and ``timeout_rate`` (shares of orders, 0 to 1), ``error_type`` (the
        exception's name), ``retries`` (how often failed work is repeated at once), ``init_ms`` (how
        much longer an environment takes to start) and ``seed`` (other orders).

        Of its events: ``lost_rate`` and ``duplicate_rate`` (shares of orders whose event is not
        published, or twice).

        Of its resources: ``reserved_concurrency`` (how many environments Lambda runs at most),
        ``denied`` (an action that its role loses: ``events:PutEvents`` or
        ``xray:PutTraceSegments``), ``rule="disabled"`` (no events reach it) and ``release`` (other
        code: ``crash``, ``import`` or ``slow``).

    Returns
    -------
    Injected
        The faults, and since when.

    Raises
    ------
    ConfigError
        If there is no such service or setting, or a value cannot work; nothing is changed then.
    DeployError
        If the function does not carry the stack's tag, or if `release` is set and it runs other
        code than `apply` deploys, which could not be restored; nothing is changed then.
    NotFoundError
        If the function does not exist: the stack is not deployed.
    AwsError
        If AWS rejects a call; what was injected before it is cleared again.
    """
    faults = checked_faults(service, settings)
    functions = OwnFunctions.of(config, aws or Aws(config))
    set_faults(functions, service, faults)
    return Injected(service, functions.names.function(service), faults, datetime.now(UTC))


def active(config: Config, *, aws: Aws | None = None) -> dict[str, Any]:
    """Return the faults that the running functions have now.

    Parameters
    ----------
    config
        The stack's variables.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    dict[str, Any]
        Service name to its faults, for services that have some.

    Raises
    ------
    DeployError
        If a function does not carry the stack's tag.
    NotFoundError
        If a function does not exist: the stack is not deployed.
    AwsError
        If AWS rejects a call.
    """
    functions = OwnFunctions.of(config, aws or Aws(config))
    deployed = {service: DeployedFaults(functions.read(service)) for service in SERVICES}
    return {service: found.settings for service, found in deployed.items() if found.settings}


def clear(config: Config, *services: str, aws: Aws | None = None) -> tuple[str, ...]:
    """Undo the injected faults of services, and wait until that takes effect.

    What the faults have changed is as `apply` makes it; changes by hand stay, and so does a
    variable ``FAULTS`` that was set by hand, unless `inject` has replaced it.

    Parameters
    ----------
    config
        The stack's variables; its `faults` are empty unless you set them.
    *services
        The services; all by default.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    tuple[str, ...]
        The services that were changed.

    Raises
    ------
    ConfigError
        If there is no such service; nothing is changed then.
    DeployError
        If a function does not carry the stack's tag.
    NotFoundError
        If a function does not exist: the stack is not deployed.
    AwsError
        If AWS rejects a call.
    """
    _check_services(services)
    functions = OwnFunctions.of(config, aws or Aws(config))
    return tuple(s for s in services or SERVICES if set_faults(functions, s, None))


def restart(config: Config, *services: str, aws: Aws | None = None) -> None:
    """Restart the environments of functions, so that the next invocations start cold.

    Their faults stay. Once in a while during a load, it makes a storm of cold starts.

    Parameters
    ----------
    config
        The stack's variables.
    *services
        The services; all by default.
    aws
        The AWS clients; created from `config` by default.

    Raises
    ------
    ConfigError
        If there is no such service; nothing is changed then.
    DeployError
        If a function does not carry the stack's tag.
    NotFoundError
        If a function does not exist: the stack is not deployed.
    AwsError
        If AWS rejects a call.
    """
    _check_services(services)
    functions = OwnFunctions.of(config, aws or Aws(config))
    for service in services or SERVICES:
        restart_environments(functions, service)


def inject_secret(config: Config, *, seed: int | None = None, aws: Aws | None = None) -> Secret:
    """Inject a random fault into one of the services without showing which.

    Parameters
    ----------
    config
        The stack's variables.
    seed
        Seed of the choice; a different fault each time by default.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    Secret
        Hides the fault until you call its ``reveal``.

    Raises
    ------
    DeployError
        If the function does not carry the stack's tag.
    NotFoundError
        If the function does not exist: the stack is not deployed.
    AwsError
        If AWS rejects a call.
    """
    service, settings = random_fault(seed)
    return Secret(inject(config, service, aws=aws, **settings))


def send_poison(
    config: Config, service: str = "payment", *, aws: Aws | None = None
) -> PoisonMessage:
    """Publish an event that a service can never process, like a producer with a bug.

    Lambda invokes the service three times, with waits of one and two minutes, and then sends the
    event to the service's dead-letter queue, if the stack has one.

    Parameters
    ----------
    config
        The stack's variables.
    service
        A service that receives events.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    PoisonMessage
        Its event and order ids, and the id of its trace.

    Raises
    ------
    ConfigError
        If there is no such service.
    AwsError
        If the event was not accepted: the stack is not deployed.
    """
    if service not in POISONABLE:
        msg = f"Nothing was sent: {unknown(service, POISONABLE, what='service fed by events')}."
        raise ConfigError(msg)
    aws = aws or Aws(config)
    bus = OwnFunctions.of(config, aws).names.bus
    return send_poison_to(service, functools.partial(aws.events.put_event, bus))


def _check_services(services: tuple[str, ...]) -> None:
    strangers = [
        unknown(name, SERVICES, what="service") for name in services if name not in SERVICES
    ]
    if strangers:
        msg = f"Nothing was changed: {'; '.join(strangers)}."
        raise ConfigError(msg)
