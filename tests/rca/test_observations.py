"""What a window shows of each request."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from tracing_lab.rca.observations import observations
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]
BUS = {"name": "Events", "origin": "AWS::Events", "inferred": True}
LAMBDA, FUNCTION = "AWS::Lambda", "AWS::Lambda::Function"


def requests_of(make: Make, *rows: tuple[Any, ...]) -> pd.DataFrame:
    return observations(spans_from_traces([make(*rows)])).requests.set_index("node")


def test_a_caller_s_waiting_is_not_its_work(make_trace: Make) -> None:
    requests = requests_of(make_trace, ("a", None, 0, 10), ("b", "a", 2, 9), ("c", "b", 3, 5))
    assert requests["own_s"].to_dict() == {"a": 3.0, "b": 5.0, "c": 2.0}
    assert requests["source"].to_dict() == {"a": "", "b": "a", "c": "b"}
    assert requests["waits"].all()


def test_an_event_service_does_not_wait_for_its_targets(make_trace: Make) -> None:
    requests = requests_of(
        make_trace,
        ("a", None, 0, 2),
        ("bus", "a", 1, 2, BUS),
        ("b", "bus", 5, 7),
    )
    assert requests["waits"].to_dict() == {"a": True, "Events [AWS::Events]": True, "b": False}
    target: Any = requests.loc["b"]
    assert (target["source"], target["via"], target["wait_s"]) == ("Events [AWS::Events]", "a", 3.0)


def test_a_failure_counts_where_it_began(make_trace: Make) -> None:
    fault = {"fault": True}
    requests = requests_of(
        make_trace, ("a", None, 0, 3, fault), ("b", "a", 0, 2, fault), ("c", "b", 0, 1)
    )
    assert requests["failed"].to_dict() == {"a": False, "b": True, "c": False}
    assert requests["ok"].to_dict() == {"a": False, "b": False, "c": True}


def test_the_failure_of_an_event_s_target_is_not_the_publisher_s(make_trace: Make) -> None:
    requests = requests_of(
        make_trace,
        ("a", None, 0, 2, {"fault": True}),
        ("bus", "a", 1, 2, BUS),
        ("b", "bus", 5, 7, {"fault": True}),
    )
    assert requests["failed"].to_dict() == {"a": True, "Events [AWS::Events]": False, "b": True}


@pytest.mark.parametrize("status, blamed", [(400, "a"), (429, "bus"), (500, "bus")])
def test_a_rejected_call_is_blamed_on_who_made_it(
    make_trace: Make, status: int, blamed: str
) -> None:
    response = {"fault": True, "http": {"response": {"status": status}}}
    requests = requests_of(
        make_trace, ("a", None, 0, 2, {"fault": True}), ("bus", "a", 1, 2, BUS | response)
    )
    failed = requests["failed"].to_dict()
    assert failed == {"a": blamed == "a", "Events [AWS::Events]": blamed == "bus"}


def test_what_never_ended_failed(make_trace: Make) -> None:
    requests = requests_of(make_trace, ("a", None, 0, None), ("b", "a", 0, None))
    assert requests["failed"].to_dict() == {"a": False, "b": True}
    assert requests["own_s"].isna().all()


def test_lambda_waits_and_the_function_works(worked_spans: pd.DataFrame) -> None:
    requests = observations(worked_spans).requests
    by_lambda = requests["node"].str.endswith(f"[{LAMBDA}]")
    assert by_lambda.any()
    assert requests.loc[by_lambda, "own_s"].isna().all()
    assert requests.loc[by_lambda, "wait_s"].notna().all()
    functions = requests["node"].str.endswith(f"[{FUNCTION}]")
    assert requests.loc[functions, "own_s"].notna().all()


def test_cold_starts_count_for_the_function_its_invoker_and_its_calls(
    worked_spans: pd.DataFrame,
) -> None:
    requests = observations(worked_spans).requests
    cold = set(requests.loc[requests["cold"], "node"])
    assert any(name.endswith(f"[{FUNCTION}]") for name in cold)
    assert any(name.endswith(f"[{LAMBDA}]") for name in cold)
    assert "Events [AWS::Events]" in cold


def test_a_window_counts_its_traces(shop_spans: pd.DataFrame) -> None:
    assert observations(shop_spans).traces == shop_spans.index.unique("trace_id").size
