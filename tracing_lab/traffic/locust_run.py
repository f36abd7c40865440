"""Send a load from several processes, by Locust's master and workers."""

import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, Unpack

import pandas as pd

from tracing_lab.errors import FireInterruptedError, MissingExtraError, TrafficError
from tracing_lab.stack.outputs import Outputs

from .answer import Answer
from .live import Live, Progress
from .load import LoadOptions, TrafficLoad
from .locust_files import LOCUST_FILE, plan_for_locust, write_files
from .locust_results import RESULTS, answers_from_lines, sent_twice, whole_lines
from .log import frame_of
from .problems import how_far, unreachable
from .sending import LoadPlan

_POLL_S: Final = 0.2
_END_S: Final = 10.0
"""How long processes may take to end when they are asked to."""

_START_S: Final = 120.0
"""How long processes may take to start, and how much longer than planned a load may take."""

_LAST_LINES: Final = 15


def fire_locust(
    outputs: Outputs,
    *,
    processes: int = 2,
    progress: Progress | None = None,
    **load: Unpack[LoadOptions],
) -> pd.DataFrame:
    """Send the orders that `fire` would send, from several processes, by Locust.

    Locust's master and workers run in processes of their own, on this machine. Each worker sends
    its share of the orders on schedule, so that more than one core can send. An endpoint that is
    lost on the way does not end the load early.

    Parameters
    ----------
    outputs
        The stack, as `deploy.apply` returns it.
    processes
        The number of workers.
    progress
        See `fire`.
    load
        The other parameters of `fire`, without ``workers`` and ``think_s``.

    Returns
    -------
    pandas.DataFrame
        The log, as `fire` returns it.

    Raises
    ------
    MissingExtraError
        If Locust is not installed.
    TrafficError
        If a parameter of the load is invalid, or Locust ends before the load does.
    EndpointUnreachableError
        If no request received a response.
    FireInterruptedError
        If Ctrl-C was pressed. Its ``log`` has the orders that were answered.
    """
    wanted = TrafficLoad(**load)
    plan = LoadPlan.of(outputs, wanted)
    content = plan_for_locust(plan, wanted, processes=processes)
    if importlib.util.find_spec("locust") is None:
        msg = "Locust is not installed. Install it with: pip install 'tracing-lab[locust]'"
        raise MissingExtraError(msg, name="locust")
    live, answers = Live(progress, len(plan.orders)), list[Answer]()
    with tempfile.TemporaryDirectory(prefix="tracing-lab-locust-") as name:
        write_files(Path(name), content)
        try:
            for answer in _run(Path(name), plan, content["processes"]):
                answers.append(answer)
                live.note(answer)
        except KeyboardInterrupt as error:
            message = how_far(answers, len(plan.orders))
            raise FireInterruptedError(message, log=frame_of(answers)) from error
    if all(answer.status is None for answer in answers):
        raise unreachable(outputs, answers[0])
    return frame_of(answers)


def write_locust_files(
    outputs: Outputs, folder: Path, *, processes: int = 2, **load: Unpack[LoadOptions]
) -> Path:
    """Write a load as files for Locust, to send it from several machines.

    Parameters
    ----------
    outputs
        The stack, as `deploy.apply` returns it.
    folder
        Where to; it is created. Each machine needs a copy.
    processes
        The number of workers.
    load
        The other parameters of `fire`, without ``workers`` and ``think_s``.

    Returns
    -------
    pathlib.Path
        The Locust file, whose first lines say how to start it. An API key is not in the files. When
        the load has ended, `load_locust_log` reads its results.

    Raises
    ------
    TrafficError
        If a parameter of the load is invalid.
    """
    wanted = TrafficLoad(**load)
    content = plan_for_locust(LoadPlan.of(outputs, wanted), wanted, processes=processes)
    write_files(folder, content)
    return folder / LOCUST_FILE.name


def _run(folder: Path, plan: LoadPlan, processes: int) -> Iterator[Answer]:
    """Run Locust in a folder, and yield results as they arrive."""
    planned_s = (plan.offsets or [0.0])[-1] + plan.target.timeout_s
    with _locust(folder, plan.target.api_key, processes) as master:
        answers, latest = list[Answer](), time.monotonic() + planned_s + _START_S
        while len(answers) < len(plan.orders):
            # before results are read, so that none is missed
            has_ended = master.poll() is not None or time.monotonic() > latest
            lines = _lines(folder)[len(answers) :]
            news = [*answers_from_lines(lines, plan.orders, sampled=plan.target.sampled)]
            answers += news
            if again := sent_twice(answers):
                msg = f"Locust sent orders twice: {again}. Please report this, and use fire."
                raise TrafficError(msg)
            yield from news
            if has_ended and not news:
                raise _ended_early(folder, len(answers), len(plan.orders))
            time.sleep(_POLL_S)


@contextmanager
def _locust(folder: Path, api_key: str | None, processes: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start a master and its workers; end them all."""
    port = _free_port()
    users = ["--headless", "--users", str(processes), "--spawn-rate", str(processes)]
    bind = ["--master-bind-host", "127.0.0.1", "--master-bind-port", str(port)]
    master = ["--master", *users, *bind, "--expect-workers", str(processes)]
    worker = ["--worker", "--master-host", "127.0.0.1", "--master-port", str(port)]
    with ExitStack() as stack:
        started = stack.enter_context(_process(folder, "master", master, api_key))
        _wait_for(started, port)  # a worker that has to try again would count as two
        for number in range(processes):
            stack.enter_context(_process(folder, f"worker-{number}", worker, api_key))
        yield started


def _wait_for(master: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the master listens, or ends."""
    latest = time.monotonic() + _START_S
    while master.poll() is None and time.monotonic() < latest:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(_POLL_S)


@contextmanager
def _process(
    folder: Path, name: str, arguments: list[str], api_key: str | None
) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "locust", "-f", LOCUST_FILE.name, *arguments]
    # What the user's own tests with Locust are set to is not for this one.
    variables = {k: v for k, v in os.environ.items() if not k.startswith("LOCUST_")}
    if api_key is not None:
        variables["TRACING_LAB_API_KEY"] = api_key
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own file
            command, cwd=folder, env=variables, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _lines(folder: Path) -> list[str]:
    """Return the whole lines of the results so far."""
    results = folder / RESULTS
    return whole_lines(results.read_bytes()) if results.exists() else []


def _ended_early(folder: Path, answered: int, orders: int) -> TrafficError:
    log = (folder / "master.log").read_text("utf-8", errors="replace").splitlines()
    last = "\n".join(log[-_LAST_LINES:])
    msg = f"Locust ended after {answered} of {orders} orders. Its last lines:\n{last}"
    return TrafficError(msg)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
