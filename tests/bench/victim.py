"""A process that provisions and may be killed at any moment.

``victim.py SETTINGS`` gets everything ready, says so, and waits for a line with a verb; settings
are those of `Config`, as JSON.
"""

import json
import logging
import sys
from typing import Any

from fault_proxy import NamedClients

from tracing_lab import deploy
from tracing_lab.aws import Aws
from tracing_lab.config import Config

SERVICES = ("apigateway", "events", "iam", "lambda", "logs", "sts")


def main(settings: dict[str, Any]) -> None:
    """Provision once, and tell on stderr what was waited for."""
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)d %(message)s")
    config = Config(**settings)
    clients = NamedClients(config)
    for service in SERVICES:
        clients(service)
    print("ready", flush=True)
    verb = sys.stdin.readline().strip()
    aws = Aws(config, client_factory=clients)
    if verb == "apply":
        deploy.apply(config, aws=aws)
    elif verb == "destroy":
        deploy.destroy(config, confirm=True, aws=aws)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
