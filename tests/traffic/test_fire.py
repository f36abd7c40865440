"""An open-loop load against a small HTTP server, and its log."""

import asyncio
import json
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from orders_server import created, failure, outputs_at, serving

from tracing_lab.errors import (
    EndpointLostError,
    EndpointUnreachableError,
    FireInterruptedError,
    TrafficError,
)
from tracing_lab.traffic import fire, random_orders
from tracing_lab.traffic.log import frame_of
from tracing_lab.traffic.problems import how_far, lost


def test_log_has_a_row_per_order_with_its_trace() -> None:
    with serving(created) as server:
        log = fire(outputs_at(server.server_port), orders=12, rate=400, seed=3)
    assert list(log.index) == list(range(12))
    assert list(log.columns) == [
        "scheduled",
        "sent",
        "finished",
        "latency_s",
        "status",
        "trace_id",
        "order_id",
        "customer_id",
        "error",
        "sampled",
        "send_lag_s",
        "bad",
    ]
    assert set(log["status"]) == {201}
    assert set(log["order_id"]) == {f"order-{number}" for number in range(12)}
    assert set(log["error"]) == {""}
    assert (log["sent"] >= log["scheduled"]).all()
    seconds = (log["finished"] - log["scheduled"]).dt.total_seconds()
    pd.testing.assert_series_equal(seconds, log["latency_s"], check_names=False, atol=1e-6)
    lags = (log["sent"] - log["scheduled"]).dt.total_seconds()
    pd.testing.assert_series_equal(lags, log["send_lag_s"], check_names=False, atol=1e-6)
    assert set(log["bad"]) == {""}
    assert str(log["sent"].dtype) == "datetime64[ns, UTC]"


def test_every_request_begins_a_sampled_trace_that_the_log_knows() -> None:
    with serving(created) as server:
        log = fire(outputs_at(server.server_port), orders=5, rate=500)
    headers = {header for _, header, _ in server.requests}
    assert headers == {f"Root={trace_id};Sampled=1" for trace_id in log["trace_id"]}
    assert log["trace_id"].str.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}").all()
    assert log["trace_id"].is_unique


@pytest.mark.parametrize("asked,suffix", [(True, ";Sampled=1"), (False, ";Sampled=0"), (None, "")])
def test_requests_carry_the_sampling_decision_or_leave_it_open(asked: Any, suffix: str) -> None:
    with serving(created) as server:
        log = fire(outputs_at(server.server_port), orders=2, rate=500, sampled=asked)
    headers = {header for _, header, _ in server.requests}
    assert headers == {f"Root={trace_id}{suffix}" for trace_id in log["trace_id"]}
    assert str(log["sampled"].dtype) == "boolean"
    expected = [asked, asked] if asked is not None else [pd.NA, pd.NA]
    assert log["sampled"].tolist() == expected


@pytest.mark.parametrize("asked", [True, None])
@pytest.mark.parametrize("decided", [True, False])
def test_the_log_has_the_decision_of_the_response(asked: Any, decided: Any) -> None:
    with serving(created) as server:
        server.decision = decided
        log = fire(outputs_at(server.server_port), orders=2, rate=500, sampled=asked)
    assert log["sampled"].tolist() == [decided, decided]


def test_a_decision_that_is_none_of_the_three_is_refused_before_anything_is_sent() -> None:
    with serving(created) as server:
        with pytest.raises(TrafficError, match=r"sampled=0\.5 must be True, False or None"):
            fire(outputs_at(server.server_port), orders=1, sampled=0.5)  # type: ignore[arg-type]
        assert server.requests == []


def test_requests_carry_the_api_key_if_there_is_one() -> None:
    with serving(created) as server:
        fire(outputs_at(server.server_port), orders=1, rate=500)
        assert server.api_keys == {None}
        fire(outputs_at(server.server_port, api_key="k-1"), orders=1, rate=500)
        assert server.api_keys == {None, "k-1"}


def test_requests_carry_the_seeded_orders() -> None:
    with serving(created) as server:
        fire(outputs_at(server.server_port), orders=6, rate=500, seed=9)
    sent = sorted((path, json.dumps(body)) for path, _, body in server.requests)
    expected = [
        (f"/prod/orders/{order.customer_id}", json.dumps(order.body))
        for order in random_orders(6, seed=9)
    ]
    assert sent == sorted(expected)


def test_slow_answers_do_not_hold_back_later_orders() -> None:
    together = threading.Barrier(8, timeout=60)

    def reply(number: int) -> tuple[int, bytes]:
        together.wait()  # nobody is answered before all have come
        return created(number)

    with serving(reply) as server:
        log = fire(outputs_at(server.server_port), orders=8, rate=100)
    assert set(log["status"]) == {201}


def test_refused_order_has_status_and_error() -> None:
    with serving(lambda number: (400, b'{"message": "bad"}') if number else (201, b"[]")) as server:
        log = fire(outputs_at(server.server_port), orders=3, rate=50)
    assert sorted(log["status"]) == [201, 400, 400]
    assert set(log["error"]) == {"", 'HTTP 400: {"message": "bad"}'}
    assert set(log["order_id"]) == {""}


def test_order_without_an_answer_has_no_status() -> None:
    released = threading.Event()

    def reply(number: int) -> tuple[int, bytes]:
        if number == 0:
            released.wait(20)
        return created(number)

    with serving(reply) as server:
        log = fire(outputs_at(server.server_port), orders=2, rate=20, timeout_s=3.0)
        released.set()
    lost = log[log["status"].isna()]
    assert len(lost) == 1
    assert lost["error"].iloc[0].startswith("TimeoutError")


def test_nobody_there_is_an_error_that_names_the_host() -> None:
    with serving(created) as server:
        port = server.server_port
    with pytest.raises(EndpointUnreachableError, match=f"127.0.0.1:{port}.*deploy.apply"):
        fire(outputs_at(port), orders=2, rate=100)


def test_works_inside_a_running_loop_as_notebooks_have_one() -> None:
    async def cell(port: int) -> pd.DataFrame:
        return fire(outputs_at(port), orders=2, rate=100)

    with serving(created) as server:
        assert len(asyncio.run(cell(server.server_port))) == 2


def test_progress_counts_answers() -> None:
    seen: list[tuple[int, int]] = []
    with serving(created) as server:
        fire(
            outputs_at(server.server_port),
            orders=4,
            rate=400,
            progress=lambda done, total: seen.append((done, total)),
        )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_interruption_stops_sending() -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with serving(created) as server:
        with pytest.raises(FireInterruptedError, match="of 1000 orders were sent") as caught:
            fire(outputs_at(server.server_port), orders=1000, rate=50, progress=interrupt)
        assert len(server.requests) < 1000
    assert isinstance(caught.value, KeyboardInterrupt)  # what notebooks and terminals expect
    assert 1 <= len(caught.value.log) < 1000
    assert (caught.value.log["status"] == 201).any()  # answers may overtake each other
    assert "traffic" not in {thread.name for thread in threading.enumerate()}


def test_orders_that_wait_for_their_answer_are_in_the_log_of_an_interrupted_load() -> None:
    release = threading.Event()

    def slow_at_first(number: int) -> tuple[int, bytes]:
        if number == 0:
            release.wait(20)
        return created(number)

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with serving(slow_at_first) as server:
        with pytest.raises(FireInterruptedError) as caught:
            fire(outputs_at(server.server_port), orders=100, rate=20, progress=interrupt)
        release.set()
    log = caught.value.log
    waiting = log["error"] == "Interrupted before the answer came"
    assert waiting.any()
    assert log.loc[waiting, "status"].isna().all()
    assert (log["status"] == 201).any()


def test_an_interruption_before_the_first_order_leaves_an_empty_log() -> None:
    with pytest.raises(FireInterruptedError, match="0 of 3 orders") as caught:
        raise FireInterruptedError(how_far([], 3), log=frame_of([]))
    assert list(caught.value.log.columns)[:3] == ["scheduled", "sent", "finished"]
    assert caught.value.log.empty


DYING_SERVER = """
import os, re, socket
listener = socket.create_server(("127.0.0.1", 0), backlog=128)
print(listener.getsockname()[1], flush=True)
for _ in range(20):
    connection, _ = listener.accept()
    request = connection.makefile("rb")
    headers = b"".join(iter(request.readline, b"\\r\\n")).lower()
    request.read(int(re.search(rb"content-length: (\\d+)", headers)[1]))
    connection.sendall(b"HTTP/1.0 201 Created\\r\\nContent-Length: 2\\r\\n\\r\\n{}")
    connection.close()
os._exit(0)
"""


def test_a_load_ends_soon_when_the_server_is_gone_and_says_so() -> None:
    command = [sys.executable, "-c", DYING_SERVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with pytest.raises(EndpointLostError, match=f"127.0.0.1:{port} has stopped") as caught:
            fire(outputs_at(port), orders=20_000, rate=100)
    log = caught.value.log
    assert "tracing-lab embedded start" in str(caught.value)
    assert (log["status"] == 201).sum() == 20
    assert 30 <= len(log) < 10_000
    assert log["error"].iloc[-1].startswith("Client")


def test_a_real_account_is_not_told_to_start_an_embedded_one() -> None:
    outputs: Any = SimpleNamespace(api_endpoint="https://x.example/prod", endpoint_url=None)
    error = lost(outputs, [failure(1.0)], 5)
    assert "x.example has stopped answering (E: refused)" in str(error)
    assert "Check the network" in str(error)


@pytest.mark.parametrize(
    "name,value",
    [
        ("orders", 0),
        ("orders", 2.5),
        ("orders", True),
        ("orders", 100_001),
        ("rate", 0),
        ("rate", -1.0),
        ("rate", float("nan")),
        ("rate", float("inf")),
        ("rate", "fast"),
        ("seed", None),
        ("timeout_s", 0),
    ],
)
def test_load_that_cannot_be_sent_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(TrafficError, match=f"{name}="):
        fire(outputs_at(1), **{name: value})


def test_unknown_scenario_is_refused_with_the_closest_known() -> None:
    with pytest.raises(TrafficError, match="Did you mean 'steady'"):
        fire(outputs_at(1), scenario="stead")
