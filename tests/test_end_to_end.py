"""The main job on the embedded AWS: provision, fire, fetch, analyse, tear down."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import networkx as nx
import pandas as pd
import pytest

import tracing_lab as tl
from tracing_lab.embedded import lifecycle
from tracing_lab.errors import EndpointUnreachableError
from tracing_lab.xray_model.trace_ids import new_trace_id

ORDERS = 60

retries_come = pytest.mark.filterwarnings("ignore::tracing_lab.errors.RetriesPendingWarning")


@dataclass(frozen=True)
class Scene:
    """One stack that was fired at."""

    config: tl.Config
    outputs: Any
    log: pd.DataFrame
    traces: list[dict[str, Any]]
    spans: pd.DataFrame


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    state_dir = tmp_path_factory.mktemp("embedded")
    lifecycle.start(state_dir=state_dir)
    config = tl.Config(embedded_state_dir=state_dir)
    outputs = tl.deploy.apply(config)
    log = tl.traffic.fire(outputs, orders=ORDERS, rate=20, seed=1)
    traces = tl.xray.fetch_traces(config, log)
    yield Scene(config, outputs, log, traces, tl.spans.spans_from_traces(traces))
    lifecycle.stop(state_dir=state_dir)


def documents(trace: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(segment["Document"]) for segment in trace["Segments"]]


def test_every_order_is_accepted(scene: Scene) -> None:
    assert scene.log["status"].tolist() == [201] * ORDERS


def test_every_order_has_a_complete_trace(scene: Scene) -> None:
    assert sorted(trace["Id"] for trace in scene.traces) == sorted(scene.log["trace_id"])
    for trace in scene.traces:
        origins = Counter(
            (document["origin"], document.get("inferred", False)) for document in documents(trace)
        )
        assert origins == {
            ("AWS::ApiGateway::Stage", False): 1,
            ("AWS::Lambda", False): 5,
            ("AWS::Lambda::Function", False): 5,
            ("AWS::Events", True): 3,
        }


def test_every_trace_has_one_root_and_no_orphan(scene: Scene) -> None:
    spans = scene.spans.reset_index()
    roots = spans[spans["parent_id"].isna()]
    assert roots["trace_id"].is_unique
    assert set(roots["origin"]) == {"AWS::ApiGateway::Stage"}
    known = set(zip(spans["trace_id"], spans["span_id"], strict=True))
    children = spans[spans["parent_id"].notna()]
    parents = set(zip(children["trace_id"], children["parent_id"], strict=True))
    assert parents <= known


def test_every_event_is_accounted_for(scene: Scene) -> None:
    books = (lifecycle.ledger(state_dir=scene.config.embedded_state_dir) or {})["us-east-1"]
    events = books["events"]
    assert books["imbalance"] == 0
    assert events["accepted"] >= 3 * ORDERS  # of order, payment and inventory
    assert events["delivered"] == events["deliveries"] >= 4 * ORDERS
    assert books["time_in_handlers"]["count"] >= 5 * ORDERS


def test_annotations_are_on_the_services_own_subsegments(scene: Scene) -> None:
    annotated = scene.spans[scene.spans["annotations"].map(bool)]
    own = annotated[annotated["kind"] == "subsegment"]
    by_service: Any = own.groupby("service")["annotations"]
    keys = by_service.agg(lambda maps: set().union(*maps))
    by_kind = {service.split("-")[3]: found for service, found in keys.items()}
    everywhere = {"order_id", "customer_id", "service_name"}
    assert set(by_kind) == {"order", "payment", "inventory", "notification"}
    assert all(everywhere <= found for found in by_kind.values())
    assert "payment_amount" in by_kind["payment"]
    assert "warehouse" in by_kind["inventory"]


def test_each_function_segment_owns_its_subsegments(scene: Scene) -> None:
    spans = scene.spans.reset_index().set_index(["trace_id", "span_id"])
    functions = spans[spans["origin"] == "AWS::Lambda::Function"]
    invocations = spans[spans["name"] == "Invocation"].reset_index()
    owners = Counter(zip(invocations["trace_id"], invocations["parent_id"], strict=True))
    assert owners == dict.fromkeys(functions.index, 1)
    work = spans[spans["annotations"].map(bool) & (spans["kind"] == "subsegment")].reset_index()
    parents = Counter(zip(work["trace_id"], work["parent_id"], strict=True))
    main = {
        key: parents[key]
        for key in zip(invocations["trace_id"], invocations["span_id"], strict=True)
    }
    assert set(main.values()) == {1}


def test_the_service_map_is_the_stack(scene: Scene) -> None:
    graph = tl.graph.service_graph_from_spans(scene.spans)
    edges = {
        (_short(graph, source), _short(graph, target)): data["requests"]
        for source, target, data in graph.edges(data=True)
    }
    n = ORDERS
    assert edges == {
        ("client", "stage"): n,
        ("stage", "order service"): n,
        ("order service", "order function"): n,
        ("order function", "Events"): n,
        ("Events", "payment service"): n,
        ("payment service", "payment function"): n,
        ("payment function", "Events"): n,
        ("Events", "inventory service"): n,
        ("inventory service", "inventory function"): n,
        ("inventory function", "Events"): n,
        ("Events", "notification service"): 2 * n,
        ("notification service", "notification function"): 2 * n,
    }


def _short(graph: "nx.DiGraph[str]", node: str) -> str:
    name, kind = graph.nodes[node]["name"], graph.nodes[node]["kind"]
    fixed = {"client": "client", "AWS::ApiGateway::Stage": "stage", "AWS::Events": "Events"}
    if kind in fixed:
        return fixed[kind]
    return f"{name.split('-')[3]} {'function' if kind.endswith('Function') else 'service'}"


def test_our_graph_and_x_rays_agree(scene: Scene) -> None:
    # Asynchronous work goes on after the last response, on a busy machine for long.
    start, end = scene.log["sent"].min(), scene.spans["end"].max()
    of_range = tl.xray.fetch_service_graph(
        scene.config, start=start - pd.Timedelta("5s"), end=end + pd.Timedelta("30s")
    )
    of_traces = tl.xray.fetch_service_graph(scene.config, scene.log)
    ours = tl.graph.service_graph_from_spans(scene.spans)
    assert tl.graph.compare_graphs(ours, of_range).empty
    assert tl.graph.compare_graphs(ours, of_traces).empty


def test_summaries_and_spans_agree(scene: Scene) -> None:
    # GIVEN X-Ray's own summaries of the orders whose traces have been fetched
    items = tl.xray.fetch_summaries(scene.config, scene.log)
    theirs = tl.summaries.frame_from_summaries(items, annotations=["order_id", "payment_amount"])
    tl.summaries.validate_summaries(theirs)
    # WHEN the same is computed from the spans
    spans = scene.spans
    ours = tl.stats.end_to_end(spans)
    # THEN both say the same of every trace
    assert set(theirs.index) == set(ours.index)
    theirs = theirs.loc[ours.index]
    assert (theirs["start"] - ours["start"]).abs().max() < pd.Timedelta("2us")
    for column in ("duration_s", "response_s"):  # X-Ray rounds to milliseconds
        assert (theirs[column] - ours[column]).abs().max() < 0.000501
    assert theirs["entry_point"].tolist() == ours["root"].tolist()
    statuses = tl.stats.whole_traces(theirs)["status"]
    assert statuses.tolist() == ours["status"].tolist()
    flags = theirs[["has_error", "has_fault", "has_throttle", "is_partial"]]
    assert not flags.to_numpy().any()
    assert ours["complete"].all()
    by_trace: Any = spans.groupby("trace_id")
    services = by_trace["service"].agg(lambda names: tuple(sorted(set(names))))
    assert theirs["services"].to_dict() == services.to_dict()
    status = spans[spans["depth"] == 0].droplevel("span_id")["http_status"]
    assert theirs["http_status"].to_dict() == status.to_dict()
    for trace_id, maps in by_trace["annotations"]:
        values = {(key, value) for one in maps for key, value in one.items()}
        listed = theirs["annotations"][trace_id].items()
        assert {(key, value) for key, many in listed for value in many} == values
    orders = scene.log.set_index("trace_id")["order_id"]
    assert theirs["order_id"].to_dict() == orders.to_dict()
    assert theirs["payment_amount"].dtype == "float64"
    # AND so do the figures made of them
    latency = tl.stats.latency_summary(theirs)
    api = tl.stats.latency_summary(spans).loc[latency.index]
    pd.testing.assert_frame_equal(latency, api, atol=0.000501, check_names=False)


def test_samples_come_from_the_stack_where_there_is_one(scene: Scene) -> None:
    orders = tl.samples.orders(scene.config, count=2)
    assert orders.source == "Sent just now to distributed-tracing-dev, your own stack."
    assert [trace["Id"] for trace in orders.traces] == orders.log["trace_id"].tolist()


def test_summaries_and_spans_agree_on_a_rejected_order(scene: Scene) -> None:
    trace_id = new_trace_id(time.time())
    url = urlsplit(scene.outputs.api_endpoint)
    connection = HTTPConnection(url.netloc)
    headers = {"X-Amzn-Trace-Id": f"Root={trace_id};Sampled=1"}
    connection.request("POST", f"{url.path}/orders/c-1", b"{}", headers)
    assert connection.getresponse().status == 400
    connection.close()
    spans = tl.spans.spans_from_traces(tl.xray.fetch_traces(scene.config, trace_id))
    start = spans["start"].min().floor("us")
    items = tl.xray.fetch_summaries(
        scene.config,
        start=start - pd.Timedelta("1min"),
        end=start + pd.Timedelta("1min"),
        filter_expression="error AND http.status = 400",
    )
    theirs = tl.summaries.frame_from_summaries(items).loc[[trace_id]]
    assert theirs[["has_error", "has_fault"]].to_numpy().tolist() == [[True, False]]
    requests = [tl.stats.whole_traces(frame) for frame in (theirs, spans)]
    pd.testing.assert_frame_equal(requests[0], requests[1], atol=0.000501)


def test_roles_have_the_permissions_that_they_use_and_no_others(scene: Scene) -> None:
    roles = lifecycle.actions(state_dir=scene.config.embedded_state_dir)
    assert roles is not None
    used = {role["role_arn"].split("-")[3]: set(role["used"]) for role in roles}
    writes = {"logs:CreateLogStream", "logs:PutLogEvents"}
    traces = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
    publishers = dict.fromkeys(
        ("order", "payment", "inventory"), writes | traces | {"events:PutEvents"}
    )
    assert used == {**publishers, "notification": writes | traces}
    assert [(role["unused"], role["denied"]) for role in roles] == [([], {})] * 4


def test_a_second_apply_changes_nothing(scene: Scene) -> None:
    assert not tl.deploy.plan(scene.config).steps
    assert tl.deploy.apply(scene.config) == scene.outputs


def test_the_latency_table_has_every_service(scene: Scene) -> None:
    table = tl.stats.latency_summary(scene.spans)
    assert (table["p50_s"] <= table["p99_s"]).all()
    assert len(table) >= 5


def test_figures_and_report_are_written(scene: Scene, tmp_path: Path) -> None:
    graph = tl.graph.service_graph_from_spans(scene.spans)
    tl.export.report_html(scene.spans, graph, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert len(text) > 50_000


@pytest.mark.parametrize(
    "path, body, status, word",
    [
        ("/prod/orders/c-1", b"{", 400, "JSON"),
        ("/prod/orders/c-1", b"{}", 400, "productId"),
        ("/prod/orders/c-1", b'{"productId": "p", "quantity": 0}', 400, "quantity"),
        ("/prod/orders/c-1", b" " * (11 * 1024**2), 413, "Request Too Long"),
        ("/prod/nothing", b"{}", 403, "Missing Authentication Token"),
        ("/dev/orders/c-1", b"{}", 403, "Forbidden"),
    ],
)
def test_bad_requests_get_clear_answers(
    scene: Scene, path: str, body: bytes, status: int, word: str
) -> None:
    url = urlsplit(scene.outputs.api_endpoint)
    connection = HTTPConnection(url.netloc)
    connection.request("POST", url.path.removesuffix("/prod") + path, body)
    response = connection.getresponse()
    assert (response.status, word in response.read().decode()) == (status, True)
    connection.close()


def test_a_dead_embedded_aws_is_named_with_the_way_out(tmp_path: Path) -> None:
    config = tl.Config(embedded_state_dir=tmp_path)
    outputs = tl.deploy.apply(config)
    lifecycle.stop(state_dir=tmp_path)
    with pytest.raises(EndpointUnreachableError, match=r"Run deploy\.apply again"):
        tl.traffic.fire(outputs, orders=1)
    again = tl.deploy.apply(config)
    assert again.api_id == outputs.api_id  # comes up again as it was
    # AND a reset forgets the stack and what its roles did
    log = tl.traffic.fire(again, orders=1)
    tl.xray.fetch_traces(config, log)  # a function that runs longer makes its log group anew
    assert lifecycle.actions(state_dir=tmp_path) != []
    assert lifecycle.reset(state_dir=tmp_path)
    assert lifecycle.actions(state_dir=tmp_path) == []
    assert not any(step.observed for step in tl.deploy.plan(config).steps)
    lifecycle.stop(state_dir=tmp_path)


@retries_come
def test_a_missing_permission_shows_in_trace_and_log(scene: Scene) -> None:
    # GIVEN a payment service that may not publish any more
    outputs = scene.outputs
    iam = boto3.client(
        "iam",
        endpoint_url=outputs.endpoint_url,
        region_name=outputs.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    role = next(name for name in roles if "payment" in name)
    policy = iam.list_role_policies(RoleName=role)["PolicyNames"][0]
    iam.delete_role_policy(RoleName=role, PolicyName=policy)
    keep = [{"Effect": "Allow", "Action": ["logs:*", "xray:*"], "Resource": "*"}]
    document = json.dumps({"Version": "2012-10-17", "Statement": keep})
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=document)
    # WHEN an order comes
    log = tl.traffic.fire(outputs, orders=1, seed=5)
    spans = tl.spans.spans_from_traces(tl.xray.fetch_traces(scene.config, log))
    # THEN the trace has the refused call, and the log its reason
    payment = spans[spans["service"] == outputs.function_names["payment"]]
    refused = payment[payment["name"] == "events"]["status"].tolist()
    assert refused == ["fault"]  # what the X-Ray SDK makes of any exception
    # AND its summary has what the service noted, though the client did not notice
    items = tl.xray.fetch_summaries(scene.config, log)
    (summary,) = tl.summaries.frame_from_summaries(items).to_dict("records")
    assert (summary["has_fault"], summary["http_status"]) == (False, 201)
    assert summary["annotations"]["error"] == ["AccessDeniedException"]
    assert (payment["name"] == "charge_payment").any()
    lines = [event.message for event in tl.logs.tail(scene.config, outputs, "payment")]
    assert any("is not authorized to perform: events:PutEvents" in line for line in lines)
    # AND apply mends it
    tl.deploy.apply(scene.config)
    assert not tl.deploy.plan(scene.config).steps


def test_log_lines_can_be_queried_and_joined_to_their_traces(scene: Scene) -> None:
    start, end = scene.spans["start"].min(), pd.Timestamp.now(tz="UTC")
    text = "filter message = 'order created' | stats count(*) as n by service"
    counted = tl.logs.query(scene.config, text, start=start, end=end)
    assert counted["service"].tolist() == ["order-service"]
    assert counted["n"].iloc[0] >= ORDERS
    durations = tl.logs.query(
        scene.config,
        'filter @type = "REPORT" | stats count(*) as n, pct(@duration, 95) as p95 by @log',
        start=start,
        end=end,
    )
    assert len(durations) == 4
    assert (durations["p95"] > 0).all()
    lines = tl.logs.fetch(scene.config, start=start, end=end, services=["order"])
    joined = tl.logs.lines_of_traces(lines, scene.spans)
    assert set(joined["trace_id"]) == set(scene.log["trace_id"])
    assert joined["offset_s"].between(-1, 60).all()


def shell(command: str, **variables: str) -> str:
    """Run what a user would paste, with the aws command of this environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    mine = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],  # noqa: S607 - the user's shell
        env={**mine, "PATH": path, "AWS_PAGER": "", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_printed_test_commands_work(scene: Scene, tmp_path: Path) -> None:
    answers = [json.loads(shell(command)) for command in scene.outputs.test_commands]
    created, events, rules, graph, summaries, put = answers
    assert created["status"] == "CREATED"
    assert len(events["events"]) > ORDERS
    assert len(rules["Rules"]) == 3
    assert len(graph["Services"]) == 11
    assert len(summaries["TraceSummaries"]) >= ORDERS
    # AND what the aws command printed is a file of summaries, with times as it writes them
    (tmp_path / "summaries.json").write_text(json.dumps(summaries))
    printed = tl.summaries.load_summaries(tmp_path / "summaries.json")
    items = tl.xray.fetch_summaries(scene.config, scene.log)
    fetched = tl.summaries.frame_from_summaries(items)
    read = tl.summaries.frame_from_summaries(printed).loc[fetched.index]
    pd.testing.assert_frame_equal(read, fetched)
    assert put["FailedEntryCount"] == 0


def test_the_plain_aws_command_works_after_embedded_env(scene: Scene) -> None:
    state_dir = str(scene.config.embedded_state_dir)
    bus, group = scene.outputs.event_bus_name, scene.outputs.log_groups["payment"]
    entry = [{"Source": "t", "DetailType": "t", "Detail": "{}", "EventBusName": bus}]
    output = shell(
        'eval "$(tracing-lab embedded env)"\n'
        "now=$(date +%s)\n"
        "aws xray get-trace-summaries --start-time $((now-600)) --end-time $now"
        " --query 'length(TraceSummaries)'\n"
        "aws xray get-service-graph --start-time $((now-600)) --end-time $now"
        " --query 'length(Services)'\n"
        f"aws events list-rules --event-bus-name {bus} --query 'length(Rules)'\n"
        f"aws logs filter-log-events --log-group-name {group} --query 'length(events)'\n"
        f"aws events put-events --entries '{json.dumps(entry)}' --query FailedEntryCount\n",
        TRACING_LAB_EMBEDDED_STATE_DIR=state_dir,
    )
    traces, services, rules, events, failed = (int(line) for line in output.split())
    assert traces >= ORDERS
    assert (services, rules, failed) == (11, 3, 0)
    assert events >= ORDERS


def test_an_edited_handler_runs_after_a_push(scene: Scene, tmp_path: Path) -> None:
    # GIVEN sources with another answer in one handler
    sources = shutil.copytree(Path(__file__).parents[1] / "lambda_src", tmp_path / "src")
    handler = sources / "order_service.py"
    text = handler.read_text()
    assert '"CREATED"' in text
    handler.write_text(text.replace('"CREATED"', '"EDITED"'))
    # WHEN they are pushed
    pushed = tl.push.push(scene.config, source_dir=sources)
    # THEN that function alone has changed, and the next order meets it
    assert [one.service for one in pushed if one.changed] == ["order"]
    assert '"EDITED"' in shell(scene.outputs.test_commands[0])
    # AND the repository's code brings it back, so that plan has nothing to do
    assert [one.service for one in tl.push.push(scene.config) if one.changed] == ["order"]
    assert not tl.deploy.plan(scene.config).steps


@retries_come
def test_injected_faults_show_in_traces_until_they_are_cleared(scene: Scene) -> None:
    # GIVEN an order service that fails, and an event that payment can never process
    try:
        tl.faults.inject(scene.config, "order", error_rate=1, error_type="StockLookupFailed")
        log = tl.traffic.fire(scene.outputs, orders=1, seed=11)
        poison = tl.faults.send_poison(scene.config)
        # WHEN their traces are fetched
        broken = tl.xray.fetch_traces(scene.config, log)
        poisoned = tl.xray.fetch_traces(scene.config, poison.trace_id)
    finally:
        tl.faults.clear(scene.config)
    # THEN Lambda calls the crash an error, the API a fault, and the exception has its name
    functions = scene.outputs.function_names
    spans = tl.spans.spans_from_traces(broken)
    statuses = spans.dropna(subset="origin").set_index("origin")["status"].to_dict()
    assert statuses == {
        "AWS::ApiGateway::Stage": "fault",
        "AWS::Lambda": "error",
        "AWS::Lambda::Function": "error",
    }
    raised = tl.spans.exceptions_from_traces(broken)
    assert set(raised["type"]) == {"StockLookupFailed"}
    assert set(raised["name"]) == {functions["order"], "process_order"}
    # AND only payment fails with the poison message
    failed = tl.spans.exceptions_from_traces(poisoned)
    assert set(failed["service"]) == {functions["payment"]}
    assert set(failed["type"]) == {"BadEventError"}
    # AND afterwards all is as the plan wants it
    assert tl.faults.active(scene.config) == {}
    assert not tl.deploy.plan(scene.config).steps


def test_orders_without_a_decision_are_recorded_as_the_sampling_rule_says(scene: Scene) -> None:
    # GIVEN a rule that records the first order of each second and no other
    ruled = scene.config.replace(x_ray_sampling_rate=0.0, x_ray_sampling_reservoir=1)
    outputs = tl.deploy.apply(ruled)
    # WHEN orders leave the decision to it
    log = tl.traffic.fire(outputs, orders=30, rate=20, sampled=None)
    tl.deploy.apply(scene.config)
    # THEN the log says which were recorded, and only those have traces
    recorded = log.loc[log["sampled"], "trace_id"].tolist()
    lasted_s = (log["finished"].max() - log["sent"].min()).total_seconds()
    assert 1 <= len(recorded) <= lasted_s + 2  # seconds that began
    assert [trace["Id"] for trace in tl.xray.fetch_traces(ruled, log)] == recorded
    summaries = tl.xray.fetch_summaries(ruled, log)
    assert {summary["Id"] for summary in summaries} == set(recorded)
