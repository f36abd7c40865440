"""Bad input is refused in an orderly way: a small share of what ``make bench`` sends."""

import json
from collections.abc import Iterator

import pytest
from attacks import ACCEPTED, REFUSED, events_target, tally, xray_target
from calls import Call, operations
from http_attacks import attack, attack_daemon, calls, packets, requests
from mutations import DEEP, examples, mutated_json, mutated_text
from seeds import DOCUMENTS, EPOCH_S, FILTER_WORDS, FILTERS, PATTERNS, TRACE_ID
from span_attacks import span_datagrams, span_requests, span_target
from wire import send

from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.lifecycle import EmbeddedStatus

INPUTS = 100
REGION = "us-east-1"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStatus]:
    state_dir = tmp_path_factory.mktemp("bad-input")
    yield lifecycle.start(state_dir=state_dir)
    lifecycle.stop(state_dir=state_dir)


def test_documents_are_taken_or_refused_and_all_traces_stay_readable() -> None:
    with xray_target() as target:
        found = tally(examples(mutated_json(DOCUMENTS), INPUTS), target.document)
    assert found.defects == []
    assert found.outcomes.keys() == {ACCEPTED, REFUSED}


def test_a_call_with_a_list_for_an_operation_leaves_the_trace_readable() -> None:
    call = {"id": "a" * 16, "name": "Lambda", "namespace": "aws", "aws": {"operation": ["Invoke"]}}
    times = {"start_time": EPOCH_S, "end_time": EPOCH_S + 1}
    segment = {"id": "b" * 16, "name": "f", "trace_id": TRACE_ID, "subsegments": [call | times]}
    with xray_target() as target:
        assert target.document(json.dumps(segment | times).encode()) == ACCEPTED


def test_filter_expressions_find_traces_or_are_refused() -> None:
    with xray_target() as target:
        found = tally(examples(mutated_text(FILTERS, FILTER_WORDS), INPUTS), target.filter)
    assert found.defects == []
    assert found.outcomes.keys() == {ACCEPTED, REFUSED}


def test_event_patterns_are_judged_alike_by_test_and_rule() -> None:
    with events_target() as target:
        found = tally(examples(mutated_json(PATTERNS), INPUTS), target.pattern)
    assert found.defects == []
    assert found.outcomes.keys() == {ACCEPTED, REFUSED}


def test_spans_are_recorded_or_counted_as_rejected_and_all_traces_stay_readable() -> None:
    with span_target() as target:
        found = tally(examples(span_requests(), 3 * INPUTS), target.request)
    assert found.defects == []
    assert found.outcomes.keys() == {ACCEPTED, REFUSED}


def test_datagrams_of_spans_are_each_taken_or_rejected() -> None:
    with span_target() as target:
        found = tally(examples(span_datagrams(), 3 * INPUTS), target.datagram)
    assert found.defects == []
    assert found.outcomes.keys() == {ACCEPTED, REFUSED}


def test_http_requests_get_no_500_and_do_not_hang(server: EmbeddedStatus) -> None:
    seeds = calls("/_aws/execute-api/none/prod/orders/c-1")
    found = attack(server.port, examples(requests(seeds), INPUTS))
    assert found.defects == []
    assert found.outcomes[REFUSED] > INPUTS / 2
    assert "Traceback" not in (server.state_dir / "server.log").read_text()


def test_the_daemon_lives_on(server: EmbeddedStatus) -> None:
    variables = lifecycle.environment(server, region=REGION)
    port = int(variables["AWS_XRAY_DAEMON_ADDRESS"].rpartition(":")[2])
    attack_daemon(port, examples(packets(), INPUTS))
    unsigned = Call("POST", "/GetSamplingRules", (), b"{}")
    found = attack(port, examples(requests([unsigned]), INPUTS), ends=True)
    assert found.defects == []
    assert send(port, unsigned.to_bytes(), ends=True)[0] == "200"
    assert "Traceback" not in (server.state_dir / "server.log").read_text()


def call(service: str, name: str, body: bytes) -> Call:
    """Return a call of an operation with another body."""
    found = [one for one in operations(service) if name in f"{one.path}{one.headers}"]
    return found[0].with_body(body)


@pytest.mark.parametrize(
    "service, name, body, code",
    [
        ("events", ".PutEvents", b"[" * DEEP, "SerializationException"),
        ("events", ".PutEvents", b'{"Entries": 5}', "SerializationException"),
        ("events", ".PutRule", b'{"Name": {}}', "SerializationException"),
        ("lambda", "/invocations", b"[" * DEEP, "ResourceNotFoundException"),
        ("sqs", ".ReceiveMessage", b"[" * DEEP, "SerializationException"),
        ("logs", ".CreateLookupTable", b"{}", "ValidationException"),
        ("xray", "/TraceSegments", b"[" * DEEP, "InvalidRequestException"),
    ],
)
def test_each_service_names_what_is_wrong(
    server: EmbeddedStatus, service: str, name: str, body: bytes, code: str
) -> None:
    status, answer = send(server.port, call(service, name, body).to_bytes())
    assert status.startswith("4")
    assert code in answer.decode()


@pytest.mark.parametrize("region", ["mars-east-1", "..", "us-east-1%2F.."])
def test_regions_that_do_not_exist_are_refused(server: EmbeddedStatus, region: str) -> None:
    before = sorted(server.state_dir.parent.rglob("traces.sqlite3"))
    listing = call("xray", "/Groups", b"{}")
    headers = tuple((name, text.replace(REGION, region)) for name, text in listing.headers)
    status, answer = send(server.port, Call("POST", "/Groups", headers, b"{}").to_bytes())
    assert (status, b"valid region" in answer) == ("403", True)
    health = Call("GET", f"/_embedded/health?region={region}")
    regions = json.loads(send(server.port, health.to_bytes())[1].partition(b"\r\n\r\n")[2])
    assert region not in regions["regions"]
    assert sorted(server.state_dir.parent.rglob("traces.sqlite3")) == before


def test_a_query_call_is_rejected_in_xml(server: EmbeddedStatus) -> None:
    listing = call("sns", "sns", b"Action=ListTopics&Version=2010-03-31")
    headers = tuple((name, text.replace(REGION, "mars-east-1")) for name, text in listing.headers)
    bad = Call(listing.method, listing.path, headers, listing.body)
    status, answer = send(server.port, bad.to_bytes())
    assert (status, b"<Code>InvalidSignatureException</Code>" in answer) == ("403", True)


@pytest.mark.parametrize(
    "service, name, body",
    [
        ("logs", ".ListScheduledQueries", b"{}"),
        ("iam", "iam", b"Action=GetDelegationRequest&Version=2010-05-08&DelegationRequestId=x"),
    ],
)
def test_calls_that_moto_lacks_are_named(
    server: EmbeddedStatus, service: str, name: str, body: bytes
) -> None:
    status, answer = send(server.port, call(service, name, body).to_bytes())
    assert (status, b"UnknownOperationException" in answer) == ("400", True)
