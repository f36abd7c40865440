"""First code in an execution environment: ties it to its server, then starts a runtime client.

Run as a script, in a process of its own and without `site`:
``launcher.py CLIENT [FOLDER MODULES DISTRIBUTIONS]...``. It must not import the package it belongs
to, nor any slow module. The handler is in ``_HANDLER``, which a wrapper script may have changed;
where there is one, the arguments are in a variable.

Its setup applies to this interpreter; another one that the function starts finds what is installed
on this machine.
"""

import _thread
import os
import site
import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

_SIGKILL = 9
_UMASK = 0o022  # Lambda's; the server's denies reading
_SET_CHILD_SUBREAPER = 36  # of Linux's prctl
_NEW_NAMESPACE, _BIND = 0x20000, 4096  # of Linux's unshare and mount
_OWN_TMP = "_TRACING_LAB_OWN_TMP"


class RuntimePackages:
    """Finds some of the packages in a folder of site-packages, after all other paths.

    Parameters
    ----------
    folder
        The folder.
    modules
        Top-level names of the modules for functions.
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
        """Return the distributions of a context that are for functions."""
        # rarely used, and long to import
        from importlib.metadata import DistributionFinder, MetadataPathFinder  # noqa: PLC0415

        name = getattr(context, "name", None)
        inner = DistributionFinder.Context(name=name, path=self._path)
        found = MetadataPathFinder.find_distributions(inner)
        return [
            distribution
            for distribution in found
            if self._normalised(distribution.name) in self._distributions
        ]

    @staticmethod
    def _normalised(name: str) -> str:
        return name.lower().replace("_", "-").replace(".", "-")


def end_with_server(fd: int) -> None:
    """Wait until the pipe from the server closes, then end this process and its descendants.

    The kernel closes the server's end in any case, so that not even a handler in an endless loop
    outlives the server.
    """
    try:
        while os.read(fd, 4096):
            pass
    finally:
        end_at_once()


def end_at_once() -> None:
    """Kill this process and its descendants; of other sessions, too, where it adopts orphans."""
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
    return children + [descendant for child in children for descendant in _descendants(child)]


def adopt_orphans() -> None:
    """Adopt orphaned processes of the function, on Linux.

    Elsewhere there is no such call.
    """
    _call("prctl", _SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def own_tmp() -> None:
    """Mount the private temporary folder on ``/tmp``, for this process and those that it starts.

    The server names the folder in a variable where that is possible. It must be called before this
    process has threads.
    """
    folder = os.environ.pop(_OWN_TMP, "")
    if folder and (
        _call("unshare", _NEW_NAMESPACE)
        or _call("mount", folder.encode(), b"/tmp", None, _BIND, None)
    ):
        sys.stderr.write("the folder /tmp could not be made private: it is the machine's\n")


def _call(name: str, *arguments: object) -> int:
    """Return what a function of the C library returns, -1 where there is none.

    The module below ctypes is used, because importing ctypes takes ten times as long.
    """
    try:
        import _ctypes as c  # noqa: PLC0415 - not on every system

        address = c.dlsym(c.dlopen(None, 2), name)  # type: ignore[arg-type] # None is itself
        return int(c.call_function(address, arguments))
    except (ImportError, AttributeError, OSError, TypeError, ValueError):
        return -1  # another system


def tie_to_server() -> None:
    """Watch the pipe in stdin; the function itself gets an empty stdin, as on Lambda."""
    guard = os.dup(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    _thread.start_new_thread(end_with_server, (guard,))


def main(client: str, *packages: str) -> None:
    """Run as a runtime client.

    Parameters
    ----------
    client
        ``awslambdaric`` or ``builtin``.
    packages
        The installed packages of Lambda's runtime, arguments of `RuntimePackages`.
    """
    os.umask(_UMASK)
    own_tmp()
    adopt_orphans()
    tie_to_server()
    site.setquit()
    # log records are frames in the same pipe as prints, which keeps their order
    os.environ["_LAMBDA_TELEMETRY_LOG_FD"] = str(os.dup(1))
    if not getattr(sys.flags, "safe_path", False):
        del sys.path[0]  # the folder of this file, where Python 3.10 runs it
    for folder, modules, distributions in zip(packages[::3], packages[1::3], packages[2::3]):  # noqa: B905 - in threes
        sys.meta_path.append(RuntimePackages(folder, modules, distributions))
    customize()
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    try:
        _run(client, os.environ["_HANDLER"])
    except Exception:  # noqa: BLE001 - reported, then the process ends
        # the client lost its server; an orderly exit would leave the children of this process
        sys.excepthook(*sys.exc_info())
        end_at_once()


def customize() -> None:
    """Import ``sitecustomize`` if PYTHONPATH has one, as an interpreter with `site` does."""
    folders = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if any(folder and os.path.exists(f"{folder}/sitecustomize.py") for folder in folders):  # noqa: PTH110 - pathlib costs start-up time
        site.execsitecustomize()


def _run(client: str, handler: str) -> None:
    if client == "awslambdaric":
        # like awslambdaric's own main, but without a thread that waits for the next event: it would
        # let signals through, and costs a fifth of a short run.
        from awslambdaric.bootstrap import run  # noqa: PLC0415 - an optional package
        from awslambdaric.lambda_runtime_client import LambdaRuntimeClient  # noqa: PLC0415 - same

        run(handler, LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"]))
    else:
        builtin_client().main(handler)


def builtin_client() -> ModuleType:
    """Load the built-in client as a package of the modules beside it."""
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
    main(*(sys.argv[1:] or os.environ.pop("_TRACING_LAB_ARGUMENTS").split("\n")))
