"""The parts of the bench: what `make bench` and `make bench-full` measure.

To add a part, write a function ``bench_NAME`` in a module of this folder that prints its rows, and
list it in `PARTS`. It runs in the process of all others, so it stops what it starts.
"""

import importlib
from collections.abc import Callable
from typing import NamedTuple


class Part(NamedTuple):
    """A part of the bench.

    Parameters
    ----------
    name
        What users call it.
    function
        Its module and its function. It is imported when it runs, so that a module that cannot be
        imported costs its own parts only.
    is_short
        Whether the ten-minute run has it.
    size
        The function's first argument in the ten-minute run; its default otherwise.
    """

    name: str
    function: str
    is_short: bool = True
    size: int | None = None

    def resolve(self) -> Callable[..., object]:
        """Return the function."""
        module, function = self.function.split(":")
        found: Callable[..., object] = getattr(importlib.import_module(module), function)
        return found


PARTS = (
    Part("basics", "basics:bench_basics"),
    Part("first-trace", "first_trace:bench_first_trace"),
    Part("chain", "chain:bench_chain"),
    Part("schedules", "lateness:bench_schedules", size=0),
    Part("class", "class_of_thirty:bench_class"),
    Part("queues", "queues:bench_queues", size=10),
    Part("handlers", "handlers:bench_handlers", is_short=False),
    Part("tracers", "tracers:bench_tracers", is_short=False),
    Part("provisioning", "provisioning:bench_provisioning"),
    Part("provisioning-kills", "provisioning:bench_kills", is_short=False),
    Part("provisioning-faults", "provisioning:bench_faults", size=20),
    Part("least-privilege", "least_privilege:bench_least_privilege", is_short=False),
    Part("refusals", "refusals:bench_refusals"),
    Part("xray", "xray:bench_xray", size=4_000),
    Part("datagrams", "datagrams:bench_datagrams", size=5),
    Part("fetching", "fetching:bench_fetching", size=2_000),
    Part("summaries", "summaries:bench_summaries"),
    Part("reading", "analysis:bench_analysis"),
    Part("reading-real", "analysis:bench_real"),
    Part("operations", "analysis:bench_operations"),
    Part("otlp", "analysis:bench_otlp"),
    Part("answers", "analysis:bench_answers"),
    Part("sums", "analysis:bench_sums"),
    Part("plots", "plots:bench_plots"),
    Part("certainty", "certainty:bench_certainty"),
    Part("quantiles", "scaling:bench_quantiles"),
    Part("dask", "scaling:bench_dask", is_short=False),
    Part("comparisons", "comparisons:bench_comparisons", size=100),
    Part("root-cause", "root_cause:bench_root_cause", size=20),
    Part("repairs", "repairs:bench_repairs"),
    Part("live-incidents", "live_incidents:bench_live_incidents", is_short=False),
    Part("game-day", "game_day:bench_game_day", size=20),
    Part("live-games", "game_day:bench_live_games", is_short=False),
    Part("what-if", "what_if:bench_what_if"),
    Part("what-if-live", "what_if_live:bench_what_if_live", is_short=False),
    Part("endurance", "endurance:bench_endurance", is_short=False),
    Part("steady", "steady:bench_steady", size=3),
    Part("privacy", "privacy:bench_privacy"),
    Part("generator", "generator:bench_generator"),
    Part("locust", "several_processes:bench_several_processes"),
    Part("kernel", "kernel:bench_kernel"),
    Part("replay", "replay:bench_replay", size=60),
    Part("recovery", "recovery:bench_recovery", size=400),
    Part("tables", "tables:bench_tables"),
    Part("kills", "kills:bench_kills", size=6),
    Part("corruption", "corruption:bench_corruption", size=10),
    Part("appends", "appends:bench_appends"),
    Part("fuzz", "fuzz:bench_fuzz", size=1_000),
    Part("uploads", "uploads:bench_uploads", is_short=False),
)
