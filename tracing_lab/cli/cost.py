"""``tracing-lab cost``."""

import argparse
import json
from dataclasses import replace

from tracing_lab.config import SERVICES, Config
from tracing_lab.cost import Load, estimate
from tracing_lab.cost.original import compare_with_original
from tracing_lab.errors import ConfigError
from tracing_lab.spans import load_spans

from .terminal import say

LONGEST_MS = 900_000  # a function may run for 15 minutes


def cost(config: Config, options: argparse.Namespace) -> int:
    """Estimate what the stack costs a month."""
    if options.original:
        say(str(compare_with_original(config)))
        return 0
    load = Load.from_spans(load_spans(options.spans)) if options.spans else Load.of(config)
    if options.duration_ms is not None:
        _check_duration(options.duration_ms)
        load = replace(load, duration_ms=dict.fromkeys(SERVICES, options.duration_ms))
    made = estimate(
        config,
        requests_per_month=options.requests_per_month,
        free_tier=not options.no_free_tier,
        sampling_rate=options.sampling_rate,
        load=load,
    )
    say(json.dumps(made.to_dict(), indent=2) if options.json else str(made))
    return 0


def _check_duration(duration_ms: float) -> None:
    if not 0 <= duration_ms <= LONGEST_MS:
        msg = f"--duration-ms {duration_ms:g} must be from 0 to {LONGEST_MS} milliseconds."
        raise ConfigError(msg)
