"""``tracing-lab cost``."""

import argparse
import json

from tracing_lab.config import Config
from tracing_lab.cost import Load, estimate
from tracing_lab.cost.original import compare_with_original
from tracing_lab.spans import load_spans

from .terminal import say


def cost(config: Config, options: argparse.Namespace) -> int:
    """Estimate what the stack costs a month."""
    if options.original:
        say(str(compare_with_original(config)))
        return 0
    made = estimate(
        config,
        requests_per_month=options.requests_per_month,
        free_tier=not options.no_free_tier,
        sampling_rate=options.sampling_rate,
        load=Load.from_spans(load_spans(options.spans)) if options.spans else None,
    )
    say(json.dumps(made.to_dict(), indent=2) if options.json else str(made))
    return 0
