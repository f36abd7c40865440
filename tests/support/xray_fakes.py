"""What the read side's tests ask X-Ray for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from tracing_lab.config import Config

CONFIG = Config(endpoint_url="http://127.0.0.1:9")


NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def trace_id(number: int) -> str:
    return f"1-6b042ac0-{number:024x}"


def request_log(*trace_ids: str, **columns: Any) -> pd.DataFrame:
    first = pd.Timestamp(NOON).as_unit("ns") + pd.Timedelta("1ns")  # as exact as a real log
    sent = [first + pd.Timedelta(seconds=n) for n in range(len(trace_ids))]
    finished = [time + pd.Timedelta(seconds=5) for time in sent]
    status = pd.array([201] * len(trace_ids), dtype="Int64")
    log = {"trace_id": trace_ids, "sent": sent, "finished": finished, "status": status}
    return pd.DataFrame(log | columns)


def service(reference: int, name: str, count: int, *targets: int) -> dict[str, Any]:
    statistics = {
        "OkCount": count,
        "ErrorStatistics": {"TotalCount": 0},
        "TotalCount": count,
        "TotalResponseTime": 0.5 * count,
    }
    edge = {"SummaryStatistics": {"OkCount": count, "TotalCount": count}}
    return {
        "ReferenceId": reference,
        "Name": name,
        "Type": "T",
        "StartTime": NOON,
        "EndTime": NOON + timedelta(seconds=count),
        "SummaryStatistics": statistics,
        "ResponseTimeHistogram": [{"Value": 0.5, "Count": count}],
        "Edges": [{**edge, "ReferenceId": target} for target in targets],
    }
