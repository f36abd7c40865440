"""First code in an execution environment: ties it to its server, then starts a runtime client.

Run as a script, in a process of its own and without `site`:
``launcher.py CLIENT HANDLER [FOLDER MODULES DISTRIBUTIONS]...``. It must not import the package it
belongs to, nor anything that takes long.

What it sets up holds for this interpreter; another one that the function starts by itself finds
what is installed on this machine.
"""

import _thread
import os
import site
import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

_SIGKILL = 9
_UMASK = 0o022  # Lambda's; the server's lets nobody read
_SET_CHILD_SUBREAPER = 36  # of Linux's prctl


class RuntimePackages:
    """Finds some of the packages in a folder of site-packages, after all other places.

    Parameters
    ----------
    folder
        The folder.
    modules
        Top-level names of what is there for functions.
    distributions
        Their distributions, so that `importlib.metadata` knows them.
    """

    def __init__(self, folder: str, modules: str, distributions: str) -> None:
        self._path = [folder]
        self._modules = frozenset(modules.split(","))
        self._distributions = frozenset(distributions.split(","))

    def find_spec(
        self, fullname: str, path: object = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a top-level module that functions may import."""
        if path is not None or fullname not in self._modules:
            return None
        return PathFinder.find_spec(fullname, self._path, target)

    def find_distributions(self, context: object = None) -> list[object]:
        """Return the distributions that a context asks for, of those that functions may see."""
        # rarely used, and long to import
        from importlib.metadata import DistributionFinder, MetadataPathFinder  # noqa: PLC0415

        name = getattr(context, "name", None)
        inner = DistributionFinder.Context(name=name, path=self._path)
        found = MetadataPathFinder.find_distributions(inner)
        return [one for one in found if self._normalised(one.name) in self._distributions]

    @staticmethod
    def _normalised(name: str) -> str:
        return name.lower().replace("_", "-").replace(".", "-")


def end_with_server(fd: int) -> None:
    """Wait until the pipe from the server closes, then end this process and its descendants.

    However the server ends, the kernel closes its end. So not even a handler in an endless loop
    outlives it.
    """
    try:
        while os.read(fd, 4096):
            pass
    finally:
        end_at_once()


def end_at_once() -> None:
    """End this process and its descendants, those of other sessions too where it adopts orphans."""
    while descendants := _descendants(os.getpid()):
        for pid in descendants:
            _kill(pid)
        try:
            os.waitpid(-1, 0)
        except OSError:  # no child is left
            break
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), _SIGKILL)
    os._exit(1)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, _SIGKILL)
    except OSError:  # it has ended
        return


def _descendants(pid: int) -> list[int]:
    children: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - pathlib costs start-up time
            with open(f"/proc/{pid}/task/{thread}/children") as listing:  # noqa: PTH123 - see above
                children += map(int, listing.read().split())
    except OSError:  # it has ended, or this is not Linux
        pass
    return children + [one for child in children for one in _descendants(child)]


def adopt_orphans() -> None:
    """Stay the ancestor of all processes that the function starts, where Linux offers that.

    The module beneath ctypes does it in a tenth of the time that ctypes takes to import.
    """
    try:
        import _ctypes as c  # noqa: PLC0415 - not on every system

        address = c.dlsym(c.dlopen(None, 2), "prctl")  # type: ignore[arg-type] # None is itself
        c.call_function(address, (_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
    except (ImportError, AttributeError, OSError, TypeError, ValueError):
        pass  # another system


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
        What of Lambda's runtime is installed here, as `RuntimePackages` takes it.
    """
    os.umask(_UMASK)
    adopt_orphans()
    tie_to_server()
    site.setquit()
    # log records go as frames through the same pipe as prints do, so the order stays
    os.environ["_LAMBDA_TELEMETRY_LOG_FD"] = str(os.dup(1))
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    for folder, modules, distributions in zip(packages[::3], packages[1::3], packages[2::3]):  # noqa: B905 - in threes
        sys.meta_path.append(RuntimePackages(folder, modules, distributions))
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
