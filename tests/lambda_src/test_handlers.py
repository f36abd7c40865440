"""The four handlers, from their deployment zips, in processes of their own.

The unmodified SDK sends over UDP, and boto3 talks to an EventBridge of the test.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from lambda_zips import CREATED, EVENTS, FIRST, SECOND, TRACE, Aws, event, post, running_zips

from tracing_lab.package import SERVICES


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with running_zips(tmp_path_factory.mktemp) as aws:
        yield aws


def test_an_order_is_answered_with_its_id_and_trace(aws: Aws) -> None:
    run = aws.function("order").invoke(post())
    assert run.returned["statusCode"] == 201
    assert run.body == {**CREATED, "status": "CREATED", "traceId": TRACE}


def test_an_order_is_published(aws: Aws) -> None:
    run = aws.function("order").invoke(post())
    assert run.calls[0][0]["X-Amz-Target"] == "AWSEvents.PutEvents"
    assert run.published == {
        "EventBusName": "lab-bus",
        "Source": "order.service",
        "DetailType": "Order Created",
        "Detail": CREATED,
    }


def test_the_call_to_eventbridge_hangs_below_the_service_below_the_invocation(aws: Aws) -> None:
    run = aws.function("order").invoke(post())
    assert [document["name"] for document in run.documents] == ["events", "process_order"]
    call, step = run.documents
    assert (step["parent_id"], call["parent_id"]) == (FIRST, step["id"])
    assert (call["namespace"], call["aws"]["operation"]) == ("aws", "PutEvents")
    assert call["http"]["response"]["status"] == 200
    for document in run.documents:
        assert (document["trace_id"], document["type"]) == (TRACE, "subsegment")
        assert document["start_time"] <= document["end_time"]


def test_the_trace_header_goes_to_eventbridge(aws: Aws) -> None:
    run = aws.function("order").invoke(post())
    ((headers, _),) = run.calls
    parent = run.named("events")["id"]
    assert headers["X-Amzn-Trace-Id"] == f"Root={TRACE};Parent={parent};Sampled=1"


@pytest.mark.parametrize(
    "service, step, own",
    [
        ("order", "process_order", {}),
        ("payment", "charge_payment", {"payment_amount": 149.99}),
        ("inventory", "reserve_inventory", {"warehouse": "west-1"}),
        ("notification", "send_notifications", {"notification_type": "Payment Processed"}),
    ],
)
def test_every_service_annotates_its_step(
    service: str, step: str, own: dict[str, Any], aws: Aws
) -> None:
    document = aws.function(service).invoke(EVENTS[service]).named(step)
    name = f"{service}-service"
    everywhere = {"service_name": name, "order_id": "o-1", "customer_id": "c-1"}
    assert document["annotations"] == {**everywhere, **own}
    metadata = document["metadata"][name]
    assert metadata["request"]["orderId"] == metadata["response"]["orderId"] == "o-1"


@pytest.mark.parametrize(
    "service, steps, source, detail_type",
    [
        (
            "payment",
            ["payment_processor", "events", "charge_payment"],
            "payment.service",
            "Payment Processed",
        ),
        (
            "inventory",
            ["reserve_stock", "events", "reserve_inventory"],
            "inventory.service",
            "Inventory Updated",
        ),
    ],
)
def test_services_answer_an_event_with_an_event(
    service: str, steps: list[str], source: str, detail_type: str, aws: Aws
) -> None:
    run = aws.function(service).invoke(event("Order Created"))
    assert [document["name"] for document in run.documents] == steps
    *inner, main = run.documents
    assert {document["parent_id"] for document in inner} == {main["id"]}
    assert (run.published["Source"], run.published["DetailType"]) == (source, detail_type)
    assert run.published["Detail"] == run.returned
    assert run.returned["orderId"] == "o-1"


@pytest.mark.parametrize("service", SERVICES)
def test_repeating_an_order_has_the_same_outcome(service: str, aws: Aws) -> None:
    function = aws.function(service)
    first, second = (function.invoke(EVENTS[service]) for _ in range(2))
    assert first.returned == second.returned


@pytest.mark.parametrize("detail_type", ["Payment Processed", "Inventory Updated"])
def test_notifications_go_through_every_channel(detail_type: str, aws: Aws) -> None:
    run = aws.function("notification").invoke(event(detail_type))
    assert run.returned["channels"] == ["email", "sms", "push"]
    main = run.named("send_notifications")
    for channel in run.returned["channels"]:
        sent = run.named(f"send_{channel}")
        assert (sent["parent_id"], sent["annotations"]) == (main["id"], {"channel": channel})


def test_nothing_is_sent_about_other_events(aws: Aws) -> None:
    run = aws.function("notification").invoke(event("Order Created"))
    assert run.outcome["raised"] == "BadEventError"
    assert "no notification for 'Order Created'" in run.outcome["reason"]
    assert [document["name"] for document in run.documents] == ["send_notifications"]


def test_a_warm_environment_keeps_two_invocations_of_one_trace_apart(aws: Aws) -> None:
    function = aws.function("notification")
    for parent in (FIRST, SECOND):
        header = f"Root={TRACE};Parent={parent};Sampled=1"
        run = function.invoke(event("Payment Processed"), header=header)
        assert run.named("send_notifications")["parent_id"] == parent


@pytest.mark.parametrize("header", [f"Root={TRACE};Parent={FIRST};Sampled=0", f"Root={TRACE}"])
def test_what_is_not_sampled_is_not_sent(header: str, aws: Aws) -> None:
    run = aws.function("order").invoke(post(), header=header)
    assert run.body["traceId"] == TRACE
    assert run.documents == []


def test_eventbridge_learns_that_a_trace_is_not_sampled(aws: Aws) -> None:
    header = f"Root={TRACE};Parent={FIRST};Sampled=0"
    run = aws.function("order").invoke(post(), header=header)
    assert run.calls[0][0]["X-Amzn-Trace-Id"].endswith(";Sampled=0")


@pytest.mark.parametrize("service", SERVICES)
def test_without_a_trace_an_order_is_served_all_the_same(service: str, aws: Aws) -> None:
    run = aws.function(service).invoke(EVENTS[service], header="")
    assert "returned" in run.outcome
    assert run.documents == []
    assert {line["trace_id"] for line in run.lines} == {""}


@pytest.mark.parametrize("service", SERVICES)
def test_the_services_work_with_the_sdk_switched_off(service: str, aws: Aws) -> None:
    run = aws.function(service, AWS_XRAY_SDK_ENABLED="false").invoke(EVENTS[service])
    assert "returned" in run.outcome
    assert run.documents == []


def test_a_bad_order_is_refused_and_not_published(aws: Aws) -> None:
    run = aws.function("order").invoke(post('{"productId": "p-1", "quantity": 0}'))
    assert run.returned["statusCode"] == 400
    message = "quantity must be an integer from 1 to 1000"
    assert run.body == {"error": {"code": "InvalidRequest", "message": message}}
    assert run.calls == []


def test_a_bad_order_is_the_callers_error_and_no_fault(aws: Aws) -> None:
    run = aws.function("order").invoke(post("{"))
    step = run.named("process_order")
    assert step["annotations"] == {"service_name": "order-service", "error": "InvalidRequest"}
    assert step["error"] is True
    assert "fault" not in step
    line, metrics = run.lines
    assert (line["level"], line["message"]) == ("WARNING", "order rejected")
    assert line["reason"] == "body is not valid JSON"
    assert metrics["OrdersRejected"] == [1]


@pytest.mark.parametrize("service", ["order", "payment", "inventory"])
def test_an_event_that_the_bus_refuses_fails_the_invocation(service: str, aws: Aws) -> None:
    function = aws.function(service)
    refused = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
    aws.bus.answer = {"FailedEntryCount": 1, "Entries": [refused]}
    run = function.invoke(EVENTS[service])
    assert run.outcome["raised"] == "PublishError"
    assert "lab-bus (ThrottlingException: slow down)" in run.outcome["reason"]
    step = run.documents[-1]
    assert (step["fault"], step["annotations"]["error"]) == (True, "PublishError")
    assert step["cause"]["exceptions"][0]["type"] == "PublishError"


@pytest.mark.parametrize(
    "service, inner",
    [
        ("order", "process_order"),
        ("payment", "payment_processor"),
        ("inventory", "reserve_stock"),
        ("notification", "send_email"),
    ],
)
def test_a_fault_strikes_inside_the_simulated_work(service: str, inner: str, aws: Aws) -> None:
    faults = '{"error_rate": 1, "error_type": "Declined"}'
    run = aws.function(service, FAULTS=faults).invoke(EVENTS[service])
    assert run.outcome["raised"] == "Declined"
    assert run.calls == []
    work, step = run.documents[0], run.documents[-1]
    assert work["name"] == inner
    (exception,) = work["cause"]["exceptions"]
    assert exception["type"] == step["annotations"]["error"] == "Declined"
    if step is not work:
        assert step["cause"] == exception["id"]  # the cause is told once
    # AND the failure is the only line, with trace and request
    (line,) = run.lines
    assert (line["level"], line["message"]) == ("ERROR", "invocation failed")
    assert (line["error"], line["service"]) == ("Declined", f"{service}-service")
    assert "FAULTS asks for it" in line["reason"]
    assert (line["trace_id"], line["request_id"]) == (TRACE, "r-1")


@pytest.mark.parametrize("service", SERVICES)
def test_faults_strike_an_invocation_once(service: str, aws: Aws) -> None:
    run = aws.function(service, FAULTS='{"timeout_rate": 1}').invoke(EVENTS[service])
    assert run.outcome["timed"] == 1
    assert "returned" in run.outcome


@pytest.mark.parametrize(
    "service, member, value",
    [
        ("payment", "orderId", None),
        ("payment", "amount", "9"),
        ("inventory", "quantity", 1.5),
        ("inventory", "productId", ""),
        ("notification", "customerId", 7),
    ],
)
def test_an_event_with_a_bad_member_is_refused(
    service: str, member: str, value: Any, aws: Aws
) -> None:
    run = aws.function(service).invoke(event("Order Created", **{member: value}))
    assert run.outcome["raised"] == "BadEventError"
    assert f"detail.{member} must be" in run.outcome["reason"]
    assert run.calls == []
    assert run.documents[-1]["annotations"]["error"] == "BadEventError"


@pytest.mark.parametrize("service, member", [("payment", "amount"), ("inventory", "quantity")])
def test_the_trace_of_a_bad_event_has_its_order(service: str, member: str, aws: Aws) -> None:
    run = aws.function(service).invoke(event("Order Created", **{member: "2"}))
    annotations = run.documents[-1]["annotations"]
    assert (annotations["order_id"], annotations["customer_id"]) == ("o-1", "c-1")
    assert annotations["error"] == "BadEventError"


@pytest.mark.parametrize(
    "service, values",
    [
        ("order", {"OrdersCreated": ([1], "Count"), "OrderAmount": ([149.99], "None")}),
        ("payment", {"PaymentsProcessed": ([1], "Count"), "PaymentAmount": ([149.99], "None")}),
        ("inventory", {"StockReserved": ([2], "Count")}),
        ("notification", {"NotificationsSent": ([3], "Count")}),
    ],
)
def test_what_a_service_did_counts_as_metrics(
    service: str, values: dict[str, tuple[list[float], str]], aws: Aws
) -> None:
    run = aws.function(service).invoke(EVENTS[service])
    (line,) = [line for line in run.lines if "_aws" in line]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    units = {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}
    assert {name: (line[name], unit) for name, unit in units.items()} == values
    assert (directive["Namespace"], directive["Dimensions"]) == ("TracingLab", [["service"]])
    assert (line["service"], line["trace_id"]) == (f"{service}-service", TRACE)


def test_a_stack_may_have_a_namespace_of_its_own(aws: Aws) -> None:
    run = aws.function("notification", METRICS_NAMESPACE="Shop").invoke(EVENTS["notification"])
    (line,) = [line for line in run.lines if "_aws" in line]
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Shop"


@pytest.mark.parametrize(
    "service, message, own",
    [
        ("order", "order created", {"event_id": "e-1"}),
        ("payment", "payment processed", {"event_id": "e-1"}),
        ("inventory", "inventory updated", {"event_id": "e-1"}),
        ("notification", "notifications sent", {"template": "payment-received"}),
    ],
)
def test_every_line_on_standard_output_is_json_with_the_trace(
    service: str, message: str, own: dict[str, str], aws: Aws
) -> None:
    run = aws.function(service).invoke(EVENTS[service])
    assert {line["trace_id"] for line in run.lines} == {TRACE}
    (line,) = [line for line in run.lines if "message" in line]
    assert line.pop("timestamp")
    assert line.pop("location").startswith("lambda_handler:")
    assert line == {
        "level": "INFO",
        "message": message,
        "service": f"{service}-service",
        "trace_id": TRACE,
        "request_id": "r-1",
        "order_id": "o-1",
        **own,
    }


@pytest.mark.parametrize(
    "service, variables, problem",
    [
        ("payment", {"FAULTS": '{"error_rate": 2}'}, "FAULTS: error_rate must be a number"),
        ("notification", {"FAULTS": "{"}, "FAULTS: the value is not JSON"),
        ("order", {"EVENT_BUS_NAME": ""}, "EVENT_BUS_NAME is not set; add the bus's name"),
    ],
)
def test_a_bad_variable_stops_the_initialisation(
    service: str, variables: dict[str, str], problem: str, aws: Aws
) -> None:
    out, err = aws.start(service, **variables).communicate(timeout=60)
    assert out == ""
    assert problem in err


@pytest.mark.parametrize("service", ["order", "payment", "inventory"])
def test_a_zip_needs_nothing_but_boto3_from_its_runtime(service: str, aws: Aws) -> None:
    borrowed = set(aws.function(service).invoke(EVENTS[service]).outcome["borrowed"])
    requirements = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3"}
    assert "botocore" in borrowed <= requirements


def test_a_function_that_publishes_nothing_starts_without_boto3(aws: Aws) -> None:
    borrowed = aws.function("notification").invoke(EVENTS["notification"]).outcome["borrowed"]
    assert "boto3" not in borrowed


def test_nothing_is_written_to_standard_error(aws: Aws) -> None:
    # GIVEN an environment that served, failed and was asked for nonsense
    function = aws.function("payment", AWS_LAMBDA_LOG_LEVEL="INFO")
    for sent in (event("Order Created"), event("Order Created", amount=None), {}):
        function.invoke(sent)
    # WHEN it ends
    _, err = function.process.communicate(timeout=60)
    # THEN it has not warned of anything
    assert err == ""
