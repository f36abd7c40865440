"""Fetching into a lake from an embedded AWS that throttles, and in a process that is killed.

A handful of what `make bench` does with 10,000 traces.
"""

import http.client
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from calls import authorization
from fault_proxy import Proxy
from fetching import DifficultXRay, fetch, kill_after
from xray import bodies

from tracing_lab.config import Config
from tracing_lab.spans.lake import load_spans, load_traces

REGION = "me-south-1"
TRACES = 200


@pytest.fixture(scope="module")
def proxy(embedded_url: str) -> Proxy:
    """Return a proxy before an embedded AWS that has traces in a region of its own."""
    connection = http.client.HTTPConnection(urlsplit(embedded_url).netloc)
    headers = {"Authorization": authorization("xray", region=REGION)}
    for body in bodies(TRACES):
        connection.request("POST", "/TraceSegments", body, headers)
        assert connection.getresponse().read()
    connection.close()
    return Proxy(embedded_url)


@pytest.fixture
def config(proxy: Proxy) -> Iterator[Config]:
    """Return what leads to that AWS through the proxy."""
    with proxy.running() as url:
        yield Config(endpoint_url=url, aws_region=REGION)


def assert_each_once(lake: Path) -> None:
    counts = Counter(trace["Id"] for trace in load_traces(lake))
    assert (len(counts), max(counts.values())) == (TRACES, 1)
    assert not (load_spans(lake)["status"] == "in_progress").any()


@pytest.mark.parametrize("seed", [1, 2])
def test_each_trace_arrives_once_and_complete(
    proxy: Proxy, config: Config, tmp_path: Path, seed: int
) -> None:
    proxy.policy = policy = DifficultXRay(seed, per_s=100)
    fetch(config, tmp_path)
    assert_each_once(tmp_path)
    assert policy.throttled > 0
    answered = dict(policy.answered)
    fetch(config, tmp_path)
    assert policy.answered["xray:BatchGetTraces"] == answered["xray:BatchGetTraces"]


def test_a_killed_fetch_goes_on(proxy: Proxy, config: Config, tmp_path: Path) -> None:
    proxy.policy = policy = DifficultXRay(3, per_s=100)
    kill_after(20, config, tmp_path, proxy)
    assert policy.answered["xray:BatchGetTraces"] < TRACES / 5
    fetch(config, tmp_path)
    assert_each_once(tmp_path)
