"""``tracing-lab fire``."""

import argparse

import pandas as pd

from tracing_lab import deploy, files, traffic
from tracing_lab.config import Config
from tracing_lab.errors import EndpointLostError, FireInterruptedError
from tracing_lab.progress import progress_bar
from tracing_lab.stack.outputs import Outputs

from .request_log import check_log_name, keep_log, read_log
from .terminal import say

CREATED = 201
REJECTED = 400
SAMPLED = {"yes": True, "no": False, "rules": None}


def fire(config: Config, options: argparse.Namespace) -> int:
    """Send orders; 1 when a good one was not accepted, or a bad one not rejected."""
    if options.out is not None:  # reject a bad name before anything is sent
        check_log_name(options.out)
        files.check_file(options.out)
    arrivals = options.arrivals and read_log(options.arrivals)
    try:
        log = _fired(deploy.outputs(config), options, arrivals)
    except (EndpointLostError, FireInterruptedError) as error:
        keep_log(error.log, options.out and files.partial_path(options.out))
        raise
    keep_log(log, options.out)
    if options.workers is None:
        say(str(traffic.send_lag(log)))
    if options.sampled == "rules":
        say(f"The sampling rules record {int(log['sampled'].sum())} of them")
    return 0 if _is_as_expected(log) else 1


def _fired(
    outputs: Outputs, options: argparse.Namespace, arrivals: pd.DataFrame | None
) -> pd.DataFrame:
    with progress_bar("orders") as progress:
        return traffic.fire(
            outputs,
            scenario=options.scenario,
            orders=options.orders,
            rate=options.rate,
            seed=options.seed,
            arrivals=arrivals,
            workers=options.workers,
            think_s=options.think_ms / 1000,
            bad_share=options.bad_share,
            sampled=SAMPLED[options.sampled],
            progress=progress,
        )


def _is_as_expected(log: pd.DataFrame) -> bool:
    """Print what became of the orders; return whether all good and no bad ones were accepted."""
    bad = log["bad"] != ""
    accepted = int((log.loc[~bad, "status"] == CREATED).sum())
    p50_ms = log["latency_s"].median() * 1000
    say(
        f"{accepted} of {int((~bad).sum())} orders accepted, median response after {p50_ms:,.0f} ms"
    )
    if bad.any():
        rejected = int((log.loc[bad, "status"] == REJECTED).sum())
        say(f"{rejected} of {int(bad.sum())} bad orders rejected")
    wanted = bad.map({True: REJECTED, False: CREATED})
    others = log[(log["status"] != wanted).fillna(value=True)]
    if others.empty:
        return True
    first = others.iloc[0]
    say(f"The first of the others: {first['error'] or 'a bad order was accepted: ' + first['bad']}")
    return False
