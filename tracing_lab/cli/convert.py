"""``tracing-lab convert``."""

import argparse
import warnings
from pathlib import Path
from typing import Final

from tracing_lab import export, files, spans
from tracing_lab.config import Config
from tracing_lab.errors import TraceDataError, TraceDataWarning

from .terminal import data_warnings, say
from .traces import readable_spans

_BY_SUFFIX: Final = {".parquet": "parquet", ".graphml": "graphml", ".html": "html"}


def convert(config: Config, options: argparse.Namespace) -> int:  # noqa: ARG001 - as all commands
    """Write the traces of a file in another format, and say what that cannot hold."""
    out: Path = options.out
    files.check_file(out)
    form = options.format or _BY_SUFFIX.get(out.suffix, "x-ray")
    with data_warnings():
        traces = spans.load_traces(options.traces)
    if not traces:
        msg = f"There are no traces in {options.traces}."
        raise TraceDataError(msg)
    readable_spans(traces)  # says what is left out below
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TraceDataWarning)
        export.save_traces_as(traces, out, form=form)
        left_out = export.lost(traces, form=form)
    say(f"{len(traces)} traces in {out}, as {form}")
    for sentence in left_out:
        say(f"Not in this format: {sentence}")
    return 0
