"""Check the machine and, for the target ``aws``, the account, without changing anything.

A real account is queried only if the config's target is ``aws``, and the embedded AWS only if it
runs already.
"""

from collections.abc import Callable

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.embedded import lifecycle

from . import cloud, machine
from .results import Report, Result, Status

__all__ = ["Report", "Result", "Status", "examine"]


def examine(config: Config, *, make_aws: Callable[[Config], Aws] = Aws) -> Report:
    """Check everything that the config's target needs.

    Parameters
    ----------
    config
        The stack's variables.
    make_aws
        Creates the AWS clients; for tests.

    Returns
    -------
    Report
        A result per check, with a remedy.

    Raises
    ------
    CredentialsError
        If the profile of a real account cannot be read.
    """
    elsewhere = config.target == "aws" or config.endpoint_url is not None
    running = None if elsewhere else lifecycle.status(state_dir=config.embedded_state_dir)
    found = list(machine.examine(config, running))
    if elsewhere or running is not None:
        found += cloud.examine(make_aws(config))
    return Report(tuple(found))
