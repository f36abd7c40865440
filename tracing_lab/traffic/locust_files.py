"""A load as files for Locust."""

import json
import shutil
from pathlib import Path
from typing import Any, Final

from tracing_lab.errors import TrafficError

from .load import TrafficLoad
from .locust_results import LOAD
from .orders import Order
from .sending import LoadPlan

LOCUST_FILE: Final = Path(__file__).parent / "locust" / "locustfile.py"
MAX_PROCESSES: Final = 64


def plan_for_locust(plan: LoadPlan, load: TrafficLoad, *, processes: int) -> dict[str, Any]:
    """Return what the Locust file reads.

    Parameters
    ----------
    plan
        What is sent where.
    load
        What was asked for.
    processes
        The number of workers.

    Raises
    ------
    TrafficError
        If the load is a closed loop, or the number of workers is invalid.
    """
    if plan.offsets is None:
        msg = f"workers={load.workers} is a closed loop, which Locust has itself. Leave it out."
        raise TrafficError(msg)
    if type(processes) is not int or not 1 <= processes <= MAX_PROCESSES:
        msg = f"processes={processes!r} must be a whole number from 1 to {MAX_PROCESSES}."
        raise TrafficError(msg)
    orders = zip(plan.orders, plan.offsets, strict=True)
    return {
        "endpoint": plan.target.endpoint,
        "processes": min(processes, len(plan.orders)),
        "timeout_s": plan.target.timeout_s,
        "sampled": plan.target.sampled,
        "orders": [_order(order, due_s) for order, due_s in orders],
    }


def write_files(folder: Path, content: dict[str, Any]) -> None:
    """Write a load, and the Locust file that sends it, without an API key.

    Parameters
    ----------
    folder
        Where to; it is created.
    content
        What `plan_for_locust` returned.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(LOCUST_FILE, folder / LOCUST_FILE.name)
    (folder / LOAD).write_text(json.dumps(content), "utf-8")


def _order(order: Order, due_s: float) -> dict[str, Any]:
    return {
        "number": order.number,
        "due_s": due_s,
        "customer_id": order.customer_id,
        "body": order.body,
        "bad": order.bad,
    }
