"""Draw the pictures of the README and the glossary, from a run on an embedded AWS of its own.

Usage::

    python docs/draw_pictures.py    writes docs/images/*.png, in a minute on an idle machine
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from site_tools.running import free_port

import tracing_lab as tl
from tracing_lab.embedded import lifecycle

IMAGES = Path(__file__).resolve().parent / "images"
DPI = 100  # about 1,000 pixels wide, 60 to 130 KB each


def run_shop(state_dir: Path) -> pd.DataFrame:
    """Return the spans of 120 orders to a shop whose functions are warm."""
    config = tl.Config(
        target="embedded", embedded_port=free_port(), embedded_state_dir=state_dir, faults={}
    )
    try:
        outputs = tl.deploy.apply(config)
        tl.traffic.fire(outputs, orders=5, rate=2, seed=2)
        log = tl.traffic.fire(outputs, orders=120, rate=4, seed=1)
        return tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log))
    finally:
        lifecycle.stop(state_dir=state_dir)


def typical_trace(spans: pd.DataFrame) -> str:
    """Return the id of the trace whose duration is the median, or the next longer one."""
    durations = tl.stats.end_to_end(spans)["duration_s"].sort_values()
    return str(durations.index[len(durations) // 2])


def draw(spans: pd.DataFrame, folder: Path) -> None:
    """Write the service map, the latencies and the waterfall of a typical order."""
    axes = {
        "service_map": tl.plot.plot_service_map(tl.graph.service_graph_from_spans(spans)),
        "latency": tl.plot.plot_latency(spans),
        "waterfall": tl.plot.plot_waterfall(spans, typical_trace(spans)),
    }
    for name, ax in axes.items():
        tl.plot.save_figure(ax, folder / f"{name}.png", dpi=DPI)


def main() -> int:
    """Run from the command line."""
    with TemporaryDirectory(prefix="tracing-lab-pictures-") as name:
        draw(run_shop(Path(name)), IMAGES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
