"""Predict five of the recorded interventions on a running stack, make them, and compare."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "support"))  # has what recordings are read with

from intervention_plan import LIVE, Intervention, plan
from record_interventions import ORDERS, PARALLEL_STARTS, RATE, Shop, server, shop_on
from report import row
from what_if import COVERED, LIMITS_PERCENT

import tracing_lab as tl
from tracing_lab.experiments import PredictionScore


def verified() -> Iterator[tuple[Intervention, PredictionScore]]:
    """Yield interventions, and how good their predictions were."""
    planned = plan()
    with server("--parallel-starts", str(PARALLEL_STARTS)) as running:
        shop = shop_on(running)
        for number in LIVE:
            yield planned[number], verified_in(shop, planned[number])


def verified_in(shop: Shop, planned: Intervention) -> PredictionScore:
    """Return how good the prediction of an intervention in the shop was."""
    retries = planned.retries[0]
    spans = shop.traces(planned.before, planned, retries=retries)
    prediction = tl.whatif.predict(spans, planned.as_change(), of=planned.of)
    return tl.experiments.verify_prediction(
        replace(shop.config, lambda_max_retries=retries),
        prediction,
        orders=ORDERS,
        rate=RATE,
        seed=planned.seed,
        id_prefix=f"what-if-{planned.seed}-",
        aws=shop.aws,
    )


def bench_what_if_live() -> None:
    """Print how far predictions were off, and how often their intervals had what came."""
    scores = []
    for planned, score in verified():
        print(f"  {planned.number}. {score}", flush=True)
        scores.append(score)
    for name, limit in LIMITS_PERCENT.items():
        errors = sorted(100 * abs(float(score.table["error"][name])) for score in scores)
        row(f"{name} predicted, live: median error", errors[len(errors) // 2], "%", limit=limit)
        inside = sum(bool(score.table["inside"][name]) for score in scores)
        what = f"{name} inside its interval, of {len(scores)}"
        row(what, inside, "", limit=COVERED * len(scores))


if __name__ == "__main__":
    bench_what_if_live()
