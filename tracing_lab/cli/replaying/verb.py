"""Replay the traces of a file, from stand-ins to the comparison."""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pandas as pd

from tracing_lab import files, replay as replays, spans, traffic, xray
from tracing_lab.aws import Aws
from tracing_lab.cli.displays.steps import StepDisplay
from tracing_lab.cli.stack import where_text
from tracing_lab.cli.terminal import confirmed, data_warnings, say, warn
from tracing_lab.cli.traces import readable_spans, with_retries
from tracing_lab.config import Config
from tracing_lab.deploy import Plan, Remains, Teardown
from tracing_lab.errors import ReplayError, TracingLabError
from tracing_lab.progress import progress_bar

COLD_START_S: Final = 3.0
MOST_SETTLING_S: Final = 30.0


def replay(config: Config, options: argparse.Namespace) -> int:
    """Replay the traces of a file on stand-ins.

    Returns
    -------
    int
        1 if the map is not that of the recording, or something is left of the stand-ins.
    """
    if options.destroy:
        return _destroy(config, options)
    _check(options)
    recorded = _recorded(options.traces)
    model = _model(recorded, options)
    aws = Aws(config)
    planned = replays.plan(config, model, aws=aws)
    say(_counted(planned))
    if options.dry_run:
        return 0
    if planned.steps and not confirmed(where_text(aws), auto_approve=options.auto_approve):
        say("Nothing was changed.")
        return 1
    with stand_ins(config, keep=options.keep, settle_s=_settle_s(model)) as left:
        with StepDisplay(planned, aws.control_plane) as shown:
            deployed = replays.apply(
                config, model, on_start=shown.start, on_step=shown.end, aws=aws
            )
        traces = _replayed(deployed, options)
        comparison = replays.compare(recorded, readable_spans(traces), deployed)
        say(str(comparison))
    return 0 if comparison.same_map and not left else 1


def _check(options: argparse.Namespace) -> None:
    """Raise if the replay cannot be made as asked, before anything is read or deployed."""
    if options.traces is None:
        msg = "Name a file with traces, or --destroy to delete the stand-ins."
        raise ReplayError(msg)
    replays.check_speed(options.speed)
    if options.out is not None:
        files.check_file(options.out)


def _recorded(path: Path) -> pd.DataFrame:
    with data_warnings():
        traces = spans.load_traces(path)
    if not traces:
        msg = f"There are no traces in {path}."
        raise ReplayError(msg)
    return readable_spans(traces)


def _model(recorded: pd.DataFrame, options: argparse.Namespace) -> replays.ReplayModel:
    model = replays.derive(recorded, keep_names=options.keep_names, max_traces=options.max_traces)
    for service, factor in options.scale or ():
        model = model.scaled(service, factor)
    say(str(model))
    if options.model is not None:
        files.write_bytes(options.model, model.to_text().encode())
        say(f"The model is in {options.model}")
    return model


def _replayed(deployed: replays.DeployedReplay, options: argparse.Namespace) -> list[Any]:
    """Return the traces of the recorded requests, with all retries."""
    with progress_bar("warm-up") as progress:
        before = replays.warm_up(deployed, progress=progress)
    with xray.retries_are_known():
        xray.fetch_traces(deployed.config, before)
        with progress_bar("requests") as progress:
            log = replays.fire(deployed, speed=options.speed, progress=progress)
        with progress_bar("traces") as progress:
            traces = xray.fetch_traces(deployed.config, log, progress=progress)
    say(str(traffic.send_lag(log)))
    say(_load())
    traces = with_retries(deployed.config, traces)
    if options.out is not None:
        spans.save_traces(traces, options.out)
        say(f"{len(traces)} traces in {options.out}")
    return traces


@contextmanager
def stand_ins(
    config: Config,
    *,
    keep: bool,
    settle_s: float = 0.0,
    destroy: Callable[..., Teardown] = replays.destroy,
) -> Iterator[list[Remains]]:
    """Delete stand-ins after the block, however it ends, unless they are kept.

    Parameters
    ----------
    config
        The stack beside which they are.
    keep
        Whether to keep them.
    settle_s
        Seconds to wait for requests that run when the block ends early: their logs would recreate
        log groups.
    destroy
        Deletes them.

    Yields
    ------
    list[Remains]
        What is left of them after the block, if anything is.
    """
    left = list[Remains]()
    try:
        yield left
    except BaseException:
        if keep:
            warn(_kept(config))
        else:
            _delete_after_error(config, settle_s, destroy)
        raise
    if keep:
        say(_kept(config))
        return
    remains = destroy(config, confirm=True).remains
    say(str(remains))
    if remains:
        left.append(remains)


def _delete_after_error(config: Config, settle_s: float, destroy: Callable[..., Teardown]) -> None:
    """Delete stand-ins without covering up the error that the caller raises."""
    warn("The replay has ended early. Its stand-ins are deleted, once what runs there has ended.")
    try:
        time.sleep(settle_s)
        say(str(destroy(config, confirm=True).remains))
    except (TracingLabError, KeyboardInterrupt) as error:
        warn(f"They could not be deleted: {error} {_kept(config)}")


def _settle_s(model: replays.ReplayModel) -> float:
    """Return how long requests that run may take to end, cold starts included."""
    longest_s = max(run.longest_s for item in model.stand_ins.values() for run in item.runs)
    return min(longest_s + COLD_START_S, MOST_SETTLING_S)


def _kept(config: Config) -> str:
    stack = replays.config_of_replay(config).stack_name
    return f"The stand-ins of {stack} stay; delete them with 'tracing-lab replay --destroy'"


def _destroy(config: Config, options: argparse.Namespace) -> int:
    aws = Aws(config)
    planned = replays.destroy(config, aws=aws)
    say(str(planned) if planned.steps else "There are no stand-ins to delete.")
    if options.dry_run or not planned.steps:
        return 0
    if not confirmed(where_text(aws), auto_approve=options.auto_approve):
        say("Nothing was deleted.")
        return 1
    with StepDisplay(planned, aws.control_plane) as shown:
        done = replays.destroy(
            config, confirm=True, on_start=shown.start, on_step=shown.end, aws=aws
        )
    say(str(done.remains))
    return 1 if done.remains else 0


def _counted(planned: Plan) -> str:
    steps = len(planned.steps)
    changes = f"{steps} changes" if steps else "no changes"
    return f"Stack {planned.stack}: {changes}."


def _load() -> str:
    """Return how busy this machine is, which stretches times."""
    if not hasattr(os, "getloadavg"):
        return f"This machine has {os.cpu_count()} CPUs."
    return f"Load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs."
