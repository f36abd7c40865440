"""Stand-ins on the embedded AWS: the same map, calls of every kind, and nothing left in the end."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import pytest
from recorded_systems import (
    WITHOUT_SEGMENTS,
    Accepted,
    Api,
    Calls,
    Function,
    Host,
    Publishes,
    Uses,
    recorded,
)

import tracing_lab as tl
from tracing_lab.errors import DeployError, ReplayError
from tracing_lab.graph import Graph
from tracing_lab.replay import DeployedReplay, ReplayModel
from tracing_lab.stack import Names, Site

REGION = "ca-west-1"

PRICES = Host("prices", (Uses("remote", 0.03),), own_s=0.05, origin="AWS::ECS::Container")
STOCK = Function("stock", (Calls(PRICES),), own_s=0.05)
MAIL = Function("mail", (), own_s=0.05)
LEDGER = Api("ledger-api", Function("ledger", (Uses("table", 0.06),), own_s=0.05))
SHOP = Api(
    "shop-api",
    Function(
        "shop",
        (
            Calls(STOCK),
            Calls(LEDGER),
            *(Uses(kind, 0.05, together=True) for kind in WITHOUT_SEGMENTS),
            Publishes((Function("audit", (Publishes((MAIL,), "SNS"),)), MAIL, MAIL)),
            Calls(MAIL, waits=False),
        ),
        own_s=0.1,
    ),
    status=201,
)
REJECTED = Api("shop-api", Function("shop", (), own_s=0.02), status=422)
BROKEN = Api("shop-api", Function("shop", (), own_s=0.02, outcome="fault"), status=502)
NIGHTLY = Function("nightly", (Calls(PRICES),), own_s=0.05)
PAGE = Host("page", (Calls(STOCK), Calls(Host("cache"), is_direct=True)), own_s=0.05)
ENTRIES = (SHOP, REJECTED, BROKEN, NIGHTLY, PAGE, SHOP, Accepted(NIGHTLY))


@dataclass(frozen=True)
class Replayed:
    """A recording, its replay, and both maps."""

    config: tl.Config
    recorded: pd.DataFrame
    model: ReplayModel
    deployed: DeployedReplay
    log: pd.DataFrame
    spans: pd.DataFrame


@pytest.fixture(scope="module")
def config(embedded_url: str) -> tl.Config:
    return tl.Config(project_name="copied", endpoint_url=embedded_url, aws_region=REGION)


@pytest.fixture(scope="module")
def replayed(config: tl.Config) -> Iterator[Replayed]:
    spans = tl.spans.spans_from_traces(recorded(*ENTRIES))
    model = tl.replay.derive(spans)
    deployed = tl.replay.apply(config, model)
    warm = tl.replay.warm_up(deployed, requests=6)
    tl.xray.fetch_traces(config, warm)
    log = tl.replay.fire(deployed)
    traces = tl.xray.fetch_traces(config, log)
    yield Replayed(config, spans, model, deployed, log, tl.spans.spans_from_traces(traces))
    tl.replay.destroy(config, confirm=True)


def edges(graph: Graph) -> dict[tuple[str, str], int]:
    return {(source, target): data["requests"] for source, target, data in graph.edges(data=True)}


def test_the_replay_has_the_same_map_with_as_many_requests(replayed: Replayed) -> None:
    names = replayed.deployed.node_names
    live = edges(tl.graph.service_graph_from_spans(replayed.spans))
    renamed = {(names[a], names[b]): requests for (a, b), requests in live.items()}
    assert renamed == edges(tl.replay.graph_of_model(replayed.model))


def test_requests_have_the_recorded_answers(replayed: Replayed) -> None:
    statuses = replayed.log["status"].tolist()
    assert statuses == [201, 422, 502, 200, 200, 201, 202]
    assert replayed.log["error"].str.startswith("HTTP 502").sum() == 1


def test_the_comparison_finds_the_same_map(replayed: Replayed) -> None:
    comparison = tl.replay.compare(replayed.recorded, replayed.spans, replayed.deployed)
    assert comparison.same_map
    assert comparison.summary().startswith("The same map;")
    assert len(comparison.edges) > 30
    uses_table = comparison.edges.index.get_level_values("target").str.startswith("table-1")
    for edge in comparison.edges[uses_table].to_dict("records"):
        assert edge["requests"] == edge["replayed_requests"] == 2
        # a busy machine makes it longer, and waits are shorter by its usual delay at most
        assert edge["replayed_p50_s"] >= 0.7 * edge["p50_s"]


def test_a_second_plan_has_nothing_to_do(replayed: Replayed) -> None:
    assert not tl.replay.plan(replayed.config, replayed.model)


def test_another_model_replaces_what_it_has_not(replayed: Replayed) -> None:
    smaller = tl.replay.derive(tl.spans.spans_from_traces(recorded(REJECTED)))
    planned = tl.replay.plan(replayed.config, smaller)
    gone = {step.resource.logical for step in planned.steps if step.action == "delete"}
    assert {"bus", "front", "api-2", "service-2-function", "service-2-role"} <= gone
    assert "service-1-function" not in gone


@pytest.mark.parametrize("speed", [0, -1, float("inf"), True])
def test_a_speed_that_is_none_is_rejected(replayed: Replayed, speed: float) -> None:
    with pytest.raises(ReplayError, match="speed="):
        tl.replay.fire(replayed.deployed, speed=speed)


def test_destroy_leaves_nothing_and_needs_no_model(config: tl.Config) -> None:
    beside = config.replace(environment="alone")
    aws = tl.aws.Aws(beside)
    tl.replay.apply(beside, tl.replay.derive(tl.spans.spans_from_traces(recorded(SHOP))), aws=aws)
    dry = tl.replay.destroy(beside, aws=aws)
    assert dry.remains is None
    done = tl.replay.destroy(beside, confirm=True, aws=aws)
    assert len(done.steps) == len(dry.steps) > 20
    assert done.remains is not None
    assert not done.remains
    assert not tl.replay.destroy(beside, confirm=True, aws=aws).steps


def test_names_of_others_are_left_alone(config: tl.Config) -> None:
    taken = config.replace(environment="taken")
    aws = tl.aws.Aws(taken)
    account = aws.sts.caller_identity().account_id
    names = Names(tl.replay.config_of_replay(taken), Site(account, REGION))
    trust = {"Version": "2012-10-17", "Statement": []}
    aws.iam.create_role(names.role("service-1"), trust=trust, tags={"owner": "somebody"})
    model = tl.replay.derive(tl.spans.spans_from_traces(recorded(REJECTED)))
    with pytest.raises(DeployError, match="without the tag of copied-taken-replay"):
        tl.replay.apply(taken, model, aws=aws)
    assert not tl.replay.destroy(taken, confirm=True, aws=aws).steps
    aws.iam.delete_role(names.role("service-1"))
