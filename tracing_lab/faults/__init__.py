"""Inject faults into running services, and clear them.

::

    tl.faults.inject(config, "payment", error_rate=0.3, error_type="CardDeclined")
    tl.faults.inject(config, "inventory", latency_ms=250)
    tl.faults.active(config)                 what is wrong now, read from the functions
    tl.faults.clear(config)                  back to what the config says, mostly nothing
    tl.faults.clear(config, "payment")       the same of one service
    tl.faults.send_poison(config)            an event that its consumer can never process
    tl.faults.inject_secret(config)          a fault that you have to find

A fault is the function's variable ``FAULTS``; `lambda_src` describes its members. Setting one
restarts the function's environments, so its next invocations start cold.
"""

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tracing_lab.aws import Aws
from tracing_lab.config import SERVICES, Config
from tracing_lab.config.fault_limits import unknown
from tracing_lab.deploy.own_functions import OwnFunctions
from tracing_lab.errors import ConfigError

from .poison import POISONABLE, PoisonMessage, send_poison_to
from .secret import Secret, random_fault
from .settings import Injected, checked_faults, faults_of, with_faults

__all__ = [
    "POISONABLE",
    "Injected",
    "PoisonMessage",
    "Secret",
    "active",
    "clear",
    "inject",
    "inject_secret",
    "send_poison",
]


def inject(config: Config, service: str, *, aws: Aws | None = None, **settings: Any) -> Injected:
    """Inject faults into a running service, and wait until they take effect.

    Faults that the service has already are replaced; those of other services stay.

    Parameters
    ----------
    config
        The stack's variables.
    service
        The service, for example ``payment``.
    aws
        The AWS clients; created from `config` by default.
    **settings
        Any of ``latency`` (a distribution with its parameters), ``latency_ms`` (a constant one),
        ``error_rate`` and ``timeout_rate`` (shares of orders, 0 to 1), ``error_type`` (the
        exception's name) and ``seed`` (other orders).

    Returns
    -------
    Injected
        The faults, and since when.

    Raises
    ------
    ConfigError
        If there is no such service or setting, or a value cannot work; nothing is changed then.
    DeployError
        If the function does not carry the stack's tag.
    NotFoundError
        If the function does not exist: the stack is not deployed.
    AwsError
        If AWS rejects a call.
    """
    faults = checked_faults(service, settings)
    functions = OwnFunctions.of(config, aws or Aws(config))
    _set(functions, service, faults)
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
    known = {service: faults_of(_variables(functions, service)) for service in SERVICES}
    return {service: faults for service, faults in known.items() if faults}


def clear(config: Config, *services: str, aws: Aws | None = None) -> tuple[str, ...]:
    """Reset the faults of services to the config's, and wait until that takes effect.

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
    strangers = [
        unknown(name, SERVICES, what="service") for name in services if name not in SERVICES
    ]
    if strangers:
        msg = f"Nothing was changed: {'; '.join(strangers)}."
        raise ConfigError(msg)
    functions = OwnFunctions.of(config, aws or Aws(config))
    wanted = {service: config.faults.get(service, {}) for service in services or SERVICES}
    return tuple(service for service, faults in wanted.items() if _set(functions, service, faults))


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


def _set(functions: OwnFunctions, service: str, faults: Mapping[str, Any]) -> bool:
    """Set a function's faults; return whether they have changed."""
    variables = _variables(functions, service)
    wanted = with_faults(variables, faults)
    if wanted == variables:
        return False
    name = functions.names.function(service)
    functions.aws.lambda_.update_configuration(name, Environment={"Variables": wanted})
    return True


def _variables(functions: OwnFunctions, service: str) -> dict[str, str]:
    configuration = functions.read(service)["Configuration"]
    return dict(configuration.get("Environment", {}).get("Variables", {}))
