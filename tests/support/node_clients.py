"""AWS's runtime client for Node on this machine, if there is one."""

import os
from pathlib import Path

import pytest

from tracing_lab.embedded.functions.runtime.node import (
    NODE_CLIENT_VARIABLE,
    NodeMissingError,
    client_folder,
    node_program,
)


def installed_client() -> Path | None:
    """Return the client that the settings or this machine's node name."""
    named = os.environ.get(NODE_CLIENT_VARIABLE)
    try:
        node_program(os.environ)
        return client_folder(Path(named) if named else None, host=os.environ)
    except NodeMissingError:
        return None


CLIENT = installed_client()
NEEDS_NODE = pytest.mark.skipif(CLIENT is None, reason="node or aws-lambda-ric is not installed")
