"""A load from several processes: the same orders at the same times, in the same log, by Locust."""

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from orders_server import created, outputs_at, serving

from tracing_lab.errors import (
    EndpointUnreachableError,
    FireInterruptedError,
    MissingExtraError,
    MissingFileError,
    TraceDataError,
    TrafficError,
)
from tracing_lab.traffic import (
    fire,
    fire_locust,
    load_locust_log,
    random_orders,
    schedule,
    write_locust_files,
)
from tracing_lab.traffic.load import TrafficLoad
from tracing_lab.traffic.locust_results import answers_from_lines
from tracing_lab.traffic.locust_run import _run
from tracing_lab.traffic.sending import LoadPlan

needs_locust = pytest.mark.skipif(
    importlib.util.find_spec("locust") is None, reason="Locust is an extra"
)
NOWHERE: Any = SimpleNamespace(
    api_endpoint="http://127.0.0.1:9", endpoint_url="http://127.0.0.1:9", api_key="secret-key"
)


def test_the_files_have_the_schedule_the_mix_and_no_api_key(tmp_path: Path) -> None:
    options: dict[str, Any] = {"scenario": "poisson", "orders": 40, "rate": 10.0, "seed": 3}
    made = write_locust_files(NOWHERE, tmp_path / "load", processes=4, bad_share=0.5, **options)
    compile(made.read_text("utf-8"), made.name, "exec")
    text = (made.parent / "load.json").read_text("utf-8")
    load = json.loads(text)
    assert (load["endpoint"], load["processes"]) == ("http://127.0.0.1:9", 4)
    due_s = [order["due_s"] for order in load["orders"]]
    assert due_s == schedule("poisson", orders=40, rate=10.0, seed=3)
    assert [order["number"] for order in load["orders"]] == [*range(40)]
    good = [order for order in load["orders"] if not order["bad"]]
    same = random_orders(40, seed=3)
    assert [order["body"] for order in good] == [same[order["number"]].body for order in good]
    assert 10 <= len(good) <= 30
    assert "secret-key" not in text + made.read_text("utf-8")


@pytest.mark.parametrize(
    "options, part",
    [
        ({"workers": 3}, "workers=3 is a closed loop"),
        ({"processes": 0}, "processes=0 must be a whole number from 1 to 64"),
        ({"processes": True}, "processes=True must be a whole number"),
        ({"rate": -1}, "rate=-1 must be"),
        ({"scenario": "sedate"}, "Did you mean"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(
    options: dict[str, Any], part: str, tmp_path: Path
) -> None:
    with pytest.raises(TrafficError, match=part):
        write_locust_files(NOWHERE, tmp_path / "load", **options)
    assert not (tmp_path / "load").exists()


def test_without_locust_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "locust", None)  # as where it is not installed
    with pytest.raises(MissingExtraError, match=r"pip install 'tracing-lab\[locust\]'"):
        fire_locust(NOWHERE, orders=1)


def test_results_are_read_as_those_of_fire() -> None:
    orders = random_orders(3, seed=1)
    created_text, header = (
        '{"orderId": "o-1"}',
        "Root=1-6b042ac0-5d09aa705e56bbd015254801;Sampled=0",
    )
    lines = [
        json.dumps([2, "trace-2", 10.0, 10.5, 11.0, 201, created_text, "", header]),
        json.dumps([0, "trace-0", 8.0, 8.0, 9.0, 502, "Bad Gateway", "", None]),
        json.dumps([1, "trace-1", 9.0, 9.0, 9.5, None, "", "ConnectionRefusedError: no", None]),
    ]
    third, first, second = answers_from_lines(lines, orders, sampled=True)
    assert (third.order_no, third.order_id, third.sampled, third.status) == (2, "o-1", False, 201)
    assert (third.scheduled_s, third.sent_s, third.finished_s) == (10.0, 10.5, 11.0)
    assert (first.error, first.sampled) == ("HTTP 502: Bad Gateway", True)
    assert (second.error, second.connected) == ("ConnectionRefusedError: no", False)
    assert [answer.customer_id for answer in (first, second, third)] == [
        order.customer_id for order in orders
    ]


# --- results of a run elsewhere ---


def result(number: int, status: int | None = 201) -> str:
    """Return a line of `results.jsonl`."""
    error = "" if status else "TimeoutError: too late"
    text = json.dumps({"orderId": f"order-{number}"}) if status == 201 else ""
    times = (1000.0 + number, 1000.25 + number, 1000.5 + number)
    return json.dumps([number, f"trace-{number}", *times, status, text, error, None]) + "\n"


def run_elsewhere(folder: Path, *lines: str) -> Path:
    """Write a load of three orders and results that a master left."""
    write_locust_files(NOWHERE, folder, orders=3, bad_share=1.0, id_prefix="far-")
    (folder / "results.jsonl").write_text("".join(lines), "utf-8")
    return folder


def test_results_of_a_run_elsewhere_become_the_log_that_fire_returns(tmp_path: Path) -> None:
    folder = run_elsewhere(tmp_path / "load", result(2), result(0), result(1, None))
    log = load_locust_log(str(folder))
    with serving(created) as server:
        same = fire(outputs_at(server.server_port), orders=3, rate=100, bad_share=1.0)
    assert (log.dtypes == same.dtypes).all()
    assert log.index.name == same.index.name
    pd.testing.assert_frame_equal(log[["customer_id", "bad"]], same[["customer_id", "bad"]])
    assert log["order_id"].tolist() == ["order-0", "", "order-2"]
    assert log["status"].isna().tolist() == [False, True, False]
    assert log["latency_s"].tolist() == [0.5] * 3
    assert log["send_lag_s"].tolist() == [0.25] * 3
    assert log["sampled"].all()
    assert log["scheduled"].iloc[0] == pd.Timestamp(1000, unit="s", tz="UTC")


@pytest.mark.parametrize(
    "lines, part",
    [
        ((result(0), result(1), result(0), result(2)), "1 order has more than one result.*order 0"),
        ((result(0), result(1)), "results of 2 of 3 orders"),
        ((result(0), result(1), result(2)[:-5]), "results of 2 of 3 orders"),
        ((), "results of 0 of 3 orders"),
        ((result(0), result(3)), "Line 2 .* no result of this load's orders"),
        (("{}\n",), "Line 1 .* no result"),
        (("[0, 1]\n",), "Line 1 .* no result"),
        (("not JSON\n",), "Line 1 .* no result"),
        (('["0", "t", 1, 1, 1, 201, "", "", null]\n',), "Line 1 .* no result"),
        (('[0, "t", null, 1, 1, 201, "", "", null]\n',), "Line 1 .* no result"),
    ],
)
def test_results_that_are_not_those_of_the_load_are_an_error(
    lines: tuple[str, ...], part: str, tmp_path: Path
) -> None:
    with pytest.raises(TraceDataError, match=part):
        load_locust_log(run_elsewhere(tmp_path, *lines))


def test_a_part_of_the_results_is_returned_on_request(tmp_path: Path) -> None:
    folder = run_elsewhere(tmp_path, result(2), result(0), result(1)[:20])
    assert load_locust_log(folder, partial=True).index.tolist() == [0, 2]
    with pytest.raises(TraceDataError, match="results of 0 of 3"):
        load_locust_log(run_elsewhere(tmp_path), partial=True)


def test_a_folder_without_load_or_results_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"load\.json cannot be read"):
        load_locust_log(tmp_path)
    write_locust_files(NOWHERE, tmp_path, orders=3)
    with pytest.raises(MissingFileError, match="Copy it from where Locust's master ran"):
        load_locust_log(tmp_path)
    for text in ("[]", "{}", '{"orders": [{}], "sampled": true}'):
        (tmp_path / "load.json").write_text(text, "utf-8")
        (tmp_path / "results.jsonl").write_text(result(0), "utf-8")
        with pytest.raises(TraceDataError, match="no load of write_locust_files"):
            load_locust_log(tmp_path)


# --- what Locust runs ---

IN_A_WORKER = """
import gevent
import locustfile
from types import SimpleNamespace

sent = []
locustfile.Customers.send = lambda self, order, due_s: sent.append(order["number"])
runner = SimpleNamespace(worker_index={index}, messages=[])
runner.send_message = lambda name, data=None: runner.messages.append((name, data))
environment = SimpleNamespace(runner=runner, events=None)
users = [locustfile.Customers.__new__(locustfile.Customers) for _ in range(3)]
for user in users:
    user.environment = environment
begin = SimpleNamespace(data={{"at_s": 0.0}})
tasks = [gevent.spawn(user.send_share) for user in users]
gevent.sleep(0.1)
tasks[0].kill()  # Locust has moved its user
locustfile.begin(begin)
gevent.sleep(0.1)
locustfile.begin(begin)
tasks.append(gevent.spawn(users[0].send_share))
gevent.sleep(0.1)
names = [name for name, _ in runner.messages]
print(sent, names, [task.dead for task in tasks])
"""

IN_THE_MASTER = """
import gevent
import locustfile
from types import SimpleNamespace

done = []
runner = SimpleNamespace(send_message=lambda *_: done.append("begin"))
runner.quit = lambda: done.append("quit")
conductor = locustfile.Conductor(runner)
for worker in "aab":
    conductor.begin(SimpleNamespace(node_id=worker))
    done.append(worker)
for worker in "aab":
    data = {"rows": [], "ended": True}
    conductor.collect(SimpleNamespace(node_id=worker, data=data))
    gevent.sleep(0.01)
    done.append(worker)
print(done)
"""


def printed(script: str, folder: Path) -> str:
    """Run a script beside the Locust file of a load of four orders for two workers."""
    write_locust_files(NOWHERE, folder, orders=4, processes=2)
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


@needs_locust
@pytest.mark.parametrize(
    "index, expected",
    [
        (1, "[1, 3] ['ready', 'results'] [True, False, False, False]"),
        (2, "[] [] [True, False, False, False]"),  # one more worker than the load is for
    ],
)
def test_a_worker_sends_its_share_once_whatever_becomes_of_its_users(
    index: int, expected: str, tmp_path: Path
) -> None:
    assert printed(IN_A_WORKER.format(index=index), tmp_path).strip() == expected


@needs_locust
def test_the_master_counts_workers_and_not_their_messages(tmp_path: Path) -> None:
    expected = ["a", "a", "begin", "b", "a", "a", "quit", "b"]
    assert printed(IN_THE_MASTER, tmp_path).strip() == str(expected)


@needs_locust
def test_a_worker_that_ends_long_before_another_sends_nothing_again() -> None:
    with serving(created) as server:
        log = fire_locust(
            outputs_at(server.server_port),
            processes=2,
            arrivals=[0.0, 1.5],
            timeout_s=0.3,
            id_prefix="once-",
        )
        sent = Counter(body["orderId"] for _, _, body in server.requests)
    assert sent == {"once-0": 1, "once-1": 1}
    assert log.index.tolist() == [0, 1]


@needs_locust
def test_two_workers_send_what_fire_sends_when_it_is_due() -> None:
    options: dict[str, Any] = {"orders": 40, "rate": 40.0, "seed": 3, "bad_share": 0.2}
    seen: list[tuple[int, int]] = []
    with serving(created) as server:
        log = fire_locust(
            outputs_at(server.server_port),
            processes=2,
            sampled=None,
            id_prefix="locust-",
            progress=lambda *done: seen.append(done),
            **options,
        )
        requests = [*server.requests]
        same = fire(outputs_at(server.server_port), **options)
    assert seen == [(done, 40) for done in range(1, 41)]
    assert [*log.columns] == [*same.columns]
    assert (log.dtypes == same.dtypes).all()
    assert set(log["status"]) == {201}
    pd.testing.assert_frame_equal(log[["customer_id", "bad"]], same[["customer_id", "bad"]])
    due_s = (log["scheduled"] - log["scheduled"].iloc[0]).dt.total_seconds()
    assert due_s.tolist() == pytest.approx([number / 40 for number in range(40)], abs=1e-3)
    assert (log["send_lag_s"] >= 0).all()
    headers = {header for _, header, _ in requests}
    assert headers == {f"Root={trace_id}" for trace_id in log["trace_id"]}
    ids = {body["orderId"] for _, _, body in requests}
    assert ids == {f"locust-{number}" for number in range(40)}


@needs_locust
def test_an_endpoint_that_nobody_serves_is_an_error() -> None:
    with pytest.raises(EndpointUnreachableError, match=r"127\.0\.0\.1:9"):
        fire_locust(NOWHERE, orders=3, rate=50)


@needs_locust
def test_an_interruption_keeps_what_was_answered_and_ends_all_processes() -> None:
    def stop(done: int, _orders: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with serving(created) as server, pytest.raises(FireInterruptedError) as caught:
        fire_locust(outputs_at(server.server_port), orders=2_000, rate=20, progress=stop)
    assert len(caught.value.log) >= 3
    assert set(caught.value.log["status"]) == {201}


@needs_locust
def test_a_locust_that_ends_early_shows_its_last_lines(tmp_path: Path) -> None:
    plan = LoadPlan.of(NOWHERE, TrafficLoad(orders=2))
    (tmp_path / "locustfile.py").write_text("raise RuntimeError('no such luck')\n")
    with pytest.raises(TrafficError, match=r"(?s)after 0 of 2 orders.*no such luck"):
        [*_run(tmp_path, plan, 1)]


@needs_locust
def test_a_locust_that_sends_an_order_twice_is_an_error(tmp_path: Path) -> None:
    plan = LoadPlan.of(NOWHERE, TrafficLoad(orders=2))
    (tmp_path / "locustfile.py").write_text("import time; time.sleep(1)\n")
    (tmp_path / "results.jsonl").write_text(result(0) + result(0))
    with pytest.raises(TrafficError, match=r"sent orders twice: 1 order has.*order 0"):
        [*_run(tmp_path, plan, 1)]
