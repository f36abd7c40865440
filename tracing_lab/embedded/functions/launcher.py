"""First code in an execution environment: ties it to its server, then starts a runtime client.

Run as a script, in a process of its own: ``launcher.py CLIENT HANDLER [PACKAGES...]``. It must not
import the package it belongs to, nor anything that takes long.
"""

import _thread
import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

_SIGKILL = 9


def end_with_server(fd: int) -> None:
    """Wait until the pipe from the server closes, then end this process and its children.

    However the server ends, the kernel closes its end. So not even a handler in an endless loop
    outlives it.
    """
    try:
        while os.read(fd, 4096):
            pass
    finally:
        end_at_once()


def end_at_once() -> None:
    """End this process and its children."""
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), _SIGKILL)
    os._exit(1)


def tie_to_server() -> None:
    """Watch the pipe that came as stdin; the function itself gets an empty stdin, as on Lambda."""
    guard = os.dup(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    _thread.start_new_thread(end_with_server, (guard,))


def main(client: str, handler: str, *packages: str) -> None:
    """Become a runtime client.

    Parameters
    ----------
    client
        ``awslambdaric`` or ``builtin``.
    handler
        ``module.function`` as configured.
    packages
        More folders with packages, after all others.
    """
    tie_to_server()
    # log records go as frames through the same pipe as prints do, so the order stays
    os.environ["_LAMBDA_TELEMETRY_LOG_FD"] = str(os.dup(1))
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    sys.path.extend(packages)
    try:
        _run(client, handler)
    except Exception:  # noqa: BLE001 - reported, then the process ends
        # the client lost its server; an orderly exit would leave the children of this process
        sys.excepthook(*sys.exc_info())
        end_at_once()


def _run(client: str, handler: str) -> None:
    if client == "awslambdaric":
        # As awslambdaric's own main, but without a thread that waits for the next event: it would
        # let signals through, and costs a fifth of a short run.
        from awslambdaric.bootstrap import run  # noqa: PLC0415 - an optional package
        from awslambdaric.lambda_runtime_client import LambdaRuntimeClient  # noqa: PLC0415 - same

        run(handler, LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"]))
    else:
        _builtin_client().main(handler)


def _builtin_client() -> ModuleType:
    """Load our client as a package of its own, whose other modules lie beside it."""
    folder = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib costs start-up time
    path = os.path.join(folder, "client.py")  # noqa: PTH118 - see above
    spec = spec_from_file_location(
        "lambda_runtime_client", path, submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(*sys.argv[1:])
