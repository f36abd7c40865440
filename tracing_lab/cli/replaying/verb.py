"""Replay the traces of a file, from stand-ins to the comparison."""

import argparse
import os
from pathlib import Path

import pandas as pd

from tracing_lab import files, replay as replays, spans, traffic, xray
from tracing_lab.aws import Aws
from tracing_lab.cli.progress import StepDisplay
from tracing_lab.cli.stack import where_text
from tracing_lab.cli.terminal import confirmed, data_warnings, say
from tracing_lab.cli.traces import readable_spans
from tracing_lab.config import Config
from tracing_lab.deploy import Plan
from tracing_lab.errors import ReplayError
from tracing_lab.progress import progress_bar


def replay(config: Config, options: argparse.Namespace) -> int:
    """Replay the traces of a file on stand-ins; 1 if the map is not that of the recording."""
    if options.destroy:
        return _destroy(config, options)
    if options.traces is None:
        msg = "Name a file with traces, or --destroy to delete the stand-ins."
        raise ReplayError(msg)
    if options.out is not None:
        files.check_file(options.out)
    recorded = _recorded(options.traces)
    model = replays.derive(recorded, keep_names=options.keep_names, max_traces=options.max_traces)
    for service, factor in options.scale or ():
        model = model.scaled(service, factor)
    say(str(model))
    if options.model is not None:
        files.write_bytes(options.model, model.to_text().encode())
        say(f"The model is in {options.model}")
    aws = Aws(config)
    planned = replays.plan(config, model, aws=aws)
    say(_counted(planned))
    if options.dry_run:
        return 0
    if planned.steps and not confirmed(where_text(aws), auto_approve=options.auto_approve):
        say("Nothing was changed.")
        return 1
    with StepDisplay(planned, aws.control_plane) as shown:
        deployed = replays.apply(config, model, on_start=shown.start, on_step=shown.end, aws=aws)
    return _played(config, options, recorded, deployed)


def _recorded(path: Path) -> pd.DataFrame:
    with data_warnings():
        traces = spans.load_traces(path)
    if not traces:
        msg = f"There are no traces in {path}."
        raise ReplayError(msg)
    return readable_spans(traces)


def _played(
    config: Config,
    options: argparse.Namespace,
    recorded: pd.DataFrame,
    deployed: replays.DeployedReplay,
) -> int:
    xray_config = deployed.config
    with progress_bar("warm-up") as progress:
        before = replays.warm_up(deployed, progress=progress)
    with xray.retries_are_known():
        xray.fetch_traces(xray_config, before)
        with progress_bar("requests") as progress:
            log = replays.fire(deployed, speed=options.speed, progress=progress)
        with progress_bar("traces") as progress:
            traces = xray.fetch_traces(xray_config, log, progress=progress)
    say(str(traffic.send_lag(log)))
    say(_load())
    if options.out is not None:
        spans.save_traces(traces, options.out)
        say(f"{len(traces)} traces in {options.out}")
    comparison = replays.compare(recorded, readable_spans(traces), deployed)
    say(str(comparison))
    if options.keep:
        say(f"{deployed!r} stay; delete them with 'tracing-lab replay --destroy'")
    else:
        say(str(replays.destroy(config, confirm=True).remains))
    return 0 if comparison.same_map else 1


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
