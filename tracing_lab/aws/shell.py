"""Environment variables that point other programs at the AWS of a config."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tracing_lab.config import Config
from tracing_lab.embedded import lifecycle


def environment(
    config: Config,
    *,
    environ: Mapping[str, str] = os.environ,
    ensure_running: Callable[..., lifecycle.EmbeddedStatus] = lifecycle.ensure_running,
) -> dict[str, str]:
    """Return the variables with which the plain ``aws`` command and boto3 reach a config's AWS.

    In a notebook, ``os.environ.update(tl.aws.environment(config))`` makes ``!aws xray ...`` and
    ``boto3.client("xray")`` talk to the stack's AWS, until the kernel ends.

    Parameters
    ----------
    config
        Selects the AWS. The embedded AWS is started if it is the target and does not run.
    environ
        The variables around, for the search path.
    ensure_running
        Starts or finds the embedded AWS; for tests.

    Returns
    -------
    dict[str, str]
        Name to value. On a real account the credentials stay the user's own; an emulator gets an
        endpoint and dummy credentials. ``PATH`` begins with this Python's programs, since a
        notebook may run without its environment being activated.

    Raises
    ------
    EmbeddedError
        If the embedded AWS cannot be started.

    Examples
    --------
    >>> environment(Config(target="aws", aws_region="eu-west-1"), environ={})["AWS_REGION"]
    'eu-west-1'
    """
    folder = str(Path(sys.executable).parent)
    path = os.pathsep.join([folder, *filter(None, [environ.get("PATH", "")])])
    found = {"PATH": path, "AWS_PAGER": ""}
    return found | _target(config, ensure_running)


def _target(config: Config, ensure_running: Callable[..., Any]) -> dict[str, str]:
    region = {"AWS_DEFAULT_REGION": config.aws_region, "AWS_REGION": config.aws_region}
    if config.target == "aws":
        return region
    if config.endpoint_url is not None:
        dummy = lifecycle.TEST_CREDENTIAL
        keys = {"AWS_ACCESS_KEY_ID": dummy, "AWS_SECRET_ACCESS_KEY": dummy}
        return {"AWS_ENDPOINT_URL": config.endpoint_url, **keys, **region}
    running = ensure_running(port=config.embedded_port, state_dir=config.embedded_state_dir)
    return lifecycle.environment(running, region=config.aws_region)
