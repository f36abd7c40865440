"""Events from outside that a function fails with: accepted, and tried again in the replay, too."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from recorded_systems import Accepted, Api, Function, Publishes, recorded

from tracing_lab import graph, spans
from tracing_lab.cli import main
from tracing_lab.embedded import lifecycle

POISON = Accepted(Function("consumer", own_s=0.05, outcome="fault", attempts=3))
ORDER = Api(
    "shop-api",
    Function(
        "shop",
        (Publishes((Function("mail", own_s=0.05, outcome="fault", attempts=3),)),),
        own_s=0.05,
    ),
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Return the options for an embedded AWS whose retries come after eight seconds."""
    state_dir = tmp_path_factory.mktemp("aws")
    options = ("--retry-delays-s", "8", "1")
    try:
        lifecycle.start(state_dir=state_dir, options=options)
        yield ["--embedded-state-dir", str(state_dir)]
    finally:
        lifecycle.stop(state_dir=state_dir)


def requests_of_edges(traces: list[dict[str, Any]]) -> list[int]:
    """Return how many requests the edges of a map carried, from few to many."""
    made = graph.service_graph_from_spans(spans.spans_from_traces(traces))
    return sorted(members["requests"] for _, _, members in made.edges(data=True))


def test_retries_of_events_are_replayed_and_waited_for(
    settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "traces.json", tmp_path / "out.json"
    traces = recorded(POISON, ORDER, POISON)
    path.write_text(json.dumps(traces))
    words = [str(path), "--out", str(out), "--auto-approve"]
    code = main([*settings, "replay", *words])
    printed = capsys.readouterr()
    assert code == 0, printed
    assert "The same map; " in printed.out
    assert "waiting for them" in printed.out
    replayed = requests_of_edges(spans.load_traces(out))
    assert replayed == requests_of_edges(traces)
    assert max(replayed) == 6  # two events, three attempts at each
