"""HTTP APIs on a running server: events, responses, stages, authorizers, CORS, traces, restarts."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from http_lab import ACCOUNT, REGION, HttpLab, Reply
from waiting import waited

from tracing_lab.xray_model.trace_ids import new_trace_id

CHECKER = """
calls = []
def handler(event, context):
    calls.append(1)
    token = event["identitySource"][0]
    return {"isAuthorized": token == "good", "context": {"who": token, "calls": len(calls)}}
"""
NOT_FOUND, UNAUTHORIZED = b'{"message":"Not Found"}', b'{"message":"Unauthorized"}'
FORBIDDEN, FAILED = b'{"message":"Forbidden"}', b'{"message":"Internal Server Error"}'
UNAVAILABLE = b'{"message":"Service Unavailable"}'
ORIGIN = ("Origin", "https://shop.example")
PREFLIGHT = (ORIGIN, ("Access-Control-Request-Method", "PUT"))


class Shop:
    """An API with routes, a default stage that deploys itself, and an authorizer."""

    def __init__(self, lab: HttpLab) -> None:
        self.lab, self.apis = lab, lab.apis
        made = lab.apis.create_api(
            Name="shop",
            ProtocolType="HTTP",
            CorsConfiguration={
                "AllowOrigins": ["https://shop.example"],
                "AllowMethods": ["GET", "PUT"],
                "AllowHeaders": ["x-a"],
                "ExposeHeaders": ["x-kind"],
                "MaxAge": 60,
            },
        )
        self.id, self.url = made["ApiId"], made["ApiEndpoint"]
        for name in ("echo", "checker"):
            lab.let_apis_call(name, self.id)
        self.new = self.integration("2.0")
        self.routes = {
            key: self.route(key, self.new)
            for key in ("GET /orders/{id}", "ANY /{proxy+}", "PUT /orders/{id}")
        }
        self.route("GET /old/{id}", self.integration("1.0"))
        lab.apis.create_stage(
            ApiId=self.id, StageName="$default", AutoDeploy=True, StageVariables={"colour": "red"}
        )
        lab.apis.create_stage(ApiId=self.id, StageName="prod")

    def integration(self, version: str, **more: Any) -> str:
        made = self.apis.create_integration(
            ApiId=self.id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=self.lab.arn,
            PayloadFormatVersion=version,
            **more,
        )
        return str(made["IntegrationId"])

    def route(self, key: str, integration: str, **more: Any) -> str:
        made = self.apis.create_route(
            ApiId=self.id, RouteKey=key, Target=f"integrations/{integration}", **more
        )
        return str(made["RouteId"])

    def get(self, path: str, *headers: tuple[str, str], **more: Any) -> Reply:
        return self.lab.send(f"{self.url}{path}", *headers, **more)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    lab = HttpLab(tmp_path_factory.mktemp("http"))
    lab.function("checker", CHECKER)
    yield Shop(lab)
    lab.stop()


def test_a_function_receives_the_whole_event_of_format_2_0(shop: Shop) -> None:
    headers = (("X-A", "1"), ("X-A", "2"), ("Cookie", "a=1; b=2"), ("Content-Type", "text/csv"))
    reply = shop.get("/orders/7%2Fb?x=1&x=a%20b&y=", *headers, method="PUT", body=b"1,2")
    event = reply.event
    context = event.pop("requestContext")
    trace = event["headers"].pop("x-amzn-trace-id")
    host = f"127.0.0.1:{shop.lab.running.port}"
    assert event == {
        "version": "2.0",
        "routeKey": "PUT /orders/{id}",
        "rawPath": "/orders/7/b",
        "rawQueryString": "x=1&x=a%20b&y=",
        "cookies": ["a=1", "b=2"],
        "headers": {
            "content-length": "3",
            "content-type": "text/csv",
            "host": host,
            "x-a": "1,2",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "queryStringParameters": {"x": "1,a b", "y": ""},
        "body": "1,2",
        "pathParameters": {"id": "7/b"},
        "isBase64Encoded": False,
        "stageVariables": {"colour": "red"},
    }
    assert trace.startswith("Root=1-")
    assert context.pop("requestId") == reply.header("apigw-requestid")[0]
    assert abs(context.pop("timeEpoch") / 1000 - time.time()) < 60
    assert context.pop("time").endswith(" +0000")
    assert context == {
        "accountId": ACCOUNT,
        "apiId": shop.id,
        "domainName": host,
        "domainPrefix": shop.id,
        "http": {
            "method": "PUT",
            "path": "/orders/7/b",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "",
        },
        "routeKey": "PUT /orders/{id}",
        "stage": "$default",
    }


def test_format_1_0_is_that_of_rest_apis_with_a_version(shop: Shop) -> None:
    event = shop.get("/old/7?x=1&x=2").event
    assert (event["version"], event["resource"], event["path"]) == ("1.0", "/old/{id}", "/old/7")
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert event["requestContext"]["resourcePath"] == "/old/{id}"
    assert event["body"] is None
    assert (shop.get("/old/infers").status, shop.get("/old/infers").body) == (500, FAILED)


def test_responses_of_format_2_0(shop: Shop) -> None:
    cookies, inferred = shop.get("/x/cookies"), shop.get("/x/infers")
    assert (cookies.status, cookies.body) == (201, b"hi")
    assert cookies.header("Set-Cookie") == ["a=1", "b=2; Path=/"]
    assert cookies.header("Content-Type") == ["text/plain; charset=utf-8"]
    assert (inferred.status, inferred.json) == (200, {"plain": True})
    assert inferred.header("Content-Type") == ["application/json"]


def test_the_responses_of_the_service_itself(shop: Shop) -> None:
    assert (shop.get("/x/fails").status, shop.get("/x/fails").body) == (500, FAILED)
    root = shop.get("/")  # is no {proxy+}
    assert (root.status, root.body) == (404, NOT_FOUND)
    slow = shop.integration("2.0", TimeoutInMillis=50)
    shop.route("GET /slow/sleeps", slow)
    assert shop.get("/slow/sleeps").body == UNAVAILABLE
    missing = shop.apis.create_integration(
        ApiId=shop.id,
        IntegrationType="AWS_PROXY",
        IntegrationUri=shop.lab.arn.replace("echo", "other"),
        PayloadFormatVersion="2.0",
    )
    shop.route("GET /missing", missing["IntegrationId"])
    assert (shop.get("/missing").status, shop.get("/missing").body) == (500, FAILED)


def test_an_api_without_permission_gets_500(shop: Shop) -> None:
    made = shop.apis.create_api(Name="quick", ProtocolType="HTTP", Target=shop.lab.arn)
    url = made["ApiEndpoint"]
    assert shop.lab.send(url).status == 500
    source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{made['ApiId']}/*/$default"
    shop.lab.functions.add_permission(
        FunctionName="echo",
        StatementId="quick",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=source,
    )
    assert shop.lab.send(f"{url}/any/path").event["routeKey"] == "$default"
    shop.apis.delete_api(ApiId=made["ApiId"])
    assert shop.lab.send(url).status == 403


def test_a_stage_serves_what_was_deployed_to_it(shop: Shop) -> None:
    assert shop.get("/prod/orders/7").status == 404
    shop.apis.create_deployment(ApiId=shop.id, StageName="prod")
    event = shop.get("/prod/orders/7").event
    assert (event["rawPath"], event["requestContext"]["stage"]) == ("/prod/orders/7", "prod")
    assert "stageVariables" not in event
    shop.route("GET /prod-later", shop.new)
    keys = [shop.get(f"{stage}/prod-later").event["routeKey"] for stage in ("", "/prod")]
    assert keys == ["GET /prod-later", "ANY /{proxy+}"]
    first = shop.apis.get_stage(ApiId=shop.id, StageName="prod")["DeploymentId"]
    with pytest.raises(ClientError, match="Active stages pointing to this deployment"):
        shop.apis.delete_deployment(ApiId=shop.id, DeploymentId=first)


def test_an_authorizer_decides_and_its_result_is_cached(shop: Shop) -> None:
    made = shop.apis.create_authorizer(
        ApiId=shop.id,
        Name="checker",
        AuthorizerType="REQUEST",
        AuthorizerUri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/"
        f"{shop.lab.arn.replace('echo', 'checker')}/invocations",
        AuthorizerPayloadFormatVersion="2.0",
        EnableSimpleResponses=True,
        IdentitySource=["$request.header.Authorization"],
        AuthorizerResultTtlInSeconds=60,
    )
    who = {"AuthorizationType": "CUSTOM", "AuthorizerId": made["AuthorizerId"]}
    shop.route("GET /private", shop.new, **who)
    assert (shop.get("/private").status, shop.get("/private").body) == (401, UNAUTHORIZED)
    bad = shop.get("/private", ("Authorization", "bad"))
    assert (bad.status, bad.body) == (403, FORBIDDEN)
    seen = [shop.get("/private", ("Authorization", "good")).event for _ in range(2)]
    contexts = [event["requestContext"]["authorizer"] for event in seen]
    assert contexts == [{"lambda": {"who": "good", "calls": 2}}] * 2


def test_other_services_are_called_with_the_role_of_the_integration(shop: Shop) -> None:
    sqs = shop.lab.client("sqs")
    url = sqs.create_queue(QueueName="letters")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:letters"
    may = [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}]
    put = [{"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*"}]
    role = shop.lab.role("storing", [*may, *put], trusts="apigateway")
    events = shop.lab.client("events")
    rule = events.put_rule(Name="stored", EventPattern='{"source": ["shop"]}')["RuleArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    target = {"Id": "1", "Arn": arn, "InputPath": "$.detail.order"}
    events.put_targets(Rule="stored", Targets=[target])

    def stored(subtype: str, **parameters: str) -> Reply:
        integration = shop.apis.create_integration(
            ApiId=shop.id,
            IntegrationType="AWS_PROXY",
            IntegrationSubtype=subtype,
            PayloadFormatVersion="1.0",
            CredentialsArn=role,
            RequestParameters=parameters,
        )["IntegrationId"]
        key = f"POST /{subtype}"
        shop.route(key, integration)
        return shop.get(f"/{subtype}", method="POST", body=b'{"order": "o-7"}')

    sent = stored("SQS-SendMessage", QueueUrl=url, MessageBody="$request.body.order")
    assert (sent.status, b"<MessageId>" in sent.body) == (200, True)
    put_events = stored(
        "EventBridge-PutEvents", Source="shop", DetailType="Stored", Detail="$request.body"
    )
    assert put_events.json["FailedEntryCount"] == 0
    denied = stored("SQS-PurgeQueue", QueueUrl=url)
    assert denied.status == 403
    bodies: list[str] = []

    def received() -> bool:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        bodies.extend(message["Body"] for message in found)
        return len(bodies) == 2

    waited(received)
    assert sorted(bodies) == ['"o-7"', "o-7"]


def test_cors_is_answered_for_the_api_and_opens_nothing_else(shop: Shop) -> None:
    reply = shop.get("/orders/7", *PREFLIGHT, method="OPTIONS")
    assert (reply.status, reply.body) == (204, b"")
    allowed = {name.lower(): value for name, value in reply.headers if "llow" in name}
    assert allowed == {
        "access-control-allow-origin": "https://shop.example",
        "access-control-allow-methods": "GET,PUT",
        "access-control-allow-headers": "x-a",
    }
    assert reply.header("Access-Control-Max-Age") == ["60"]
    foreign = (("Origin", "https://evil.example"), PREFLIGHT[1])
    assert (
        shop.get("/orders/7", *foreign, method="OPTIONS").header("Access-Control-Allow-Origin")
        == []
    )
    assert shop.get("/orders/7", ORIGIN).header("Access-Control-Expose-Headers") == ["x-kind"]
    control = f"{shop.lab.running.endpoint_url}/v2/apis"
    assert shop.lab.send(control, *PREFLIGHT, method="OPTIONS").status == 403
    assert shop.get("/orders/7", host="evil.example").status == 403


def test_the_api_has_a_host_too_where_no_page_of_the_server_is(shop: Shop) -> None:
    host = f"{shop.id}.execute-api.localhost:{shop.lab.running.port}"
    health = shop.lab.send("http://x/_embedded/health", ORIGIN, host=host)
    assert health.event["rawPath"] == "/_embedded/health"


def test_a_trace_begins_at_the_function_or_goes_on_there(shop: Shop) -> None:
    root, parent = new_trace_id(), "53995c3f42cd8ad8"
    reply = shop.get("/orders/7", ("X-Amzn-Trace-Id", f"Root={root};Parent={parent};Sampled=1"))
    assert reply.event["headers"]["x-amzn-trace-id"] == f"Root={root};Parent={parent};Sampled=1"
    assert reply.json["trace"].startswith(f"Root={root};")
    documents = shop.lab.documents(root)
    assert {one["origin"]: one.get("parent_id") for one in documents}["AWS::Lambda"] == parent
    assert all(one["origin"].startswith("AWS::Lambda") for one in documents)
    new = shop.get("/orders/7", ("X-Amzn-Trace-Id", f"Root={new_trace_id()};Sampled=1"))
    trace_id = new.json["trace"].partition(";")[0].removeprefix("Root=")
    documents = shop.lab.documents(trace_id)
    assert [one["origin"] for one in documents if "parent_id" not in one] == ["AWS::Lambda"]


def test_limits_log_lines_and_metrics_of_a_stage(shop: Shop) -> None:
    logs = shop.lab.client("logs")
    logs.create_log_group(logGroupName="shop-access")
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:shop-access"
    log_format = '{"route":"$context.routeKey","status":"$context.status"}'
    shop.apis.create_stage(
        ApiId=shop.id,
        StageName="limited",
        AutoDeploy=True,
        AccessLogSettings={"DestinationArn": group, "Format": log_format},
        RouteSettings={
            "GET /orders/{id}": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 0.01}
        },
    )
    replies = [shop.get("/limited/orders/7") for _ in range(2)]
    assert [reply.status for reply in replies] == [200, 429]
    assert replies[1].body == b'{"message":"Too Many Requests"}'

    def lines() -> list[Any]:
        found = logs.filter_log_events(logGroupName="shop-access")["events"]
        return [json.loads(event["message"]) for event in found]

    waited(lambda: len(lines()) == 2)
    assert lines()[1] == {"route": "GET /orders/{id}", "status": "429"}

    def counted() -> float:
        dimensions = {"ApiId": shop.id, "Stage": "limited"}
        return shop.lab.metric("AWS/ApiGateway", "4xx", **dimensions)

    assert waited(counted) == 1.0


def test_a_killed_server_has_the_same_api_again(shop: Shop) -> None:
    def shown() -> Any:
        stages = shop.apis.get_stages(ApiId=shop.id)["Items"]
        deployed = {stage["StageName"]: stage.get("DeploymentId") for stage in stages}
        routes = {route["RouteId"] for route in shop.apis.get_routes(ApiId=shop.id)["Items"]}
        return deployed, routes, shop.apis.get_api(ApiId=shop.id)["ApiEndpoint"]

    before = shown()
    assert set(shop.routes.values()) <= before[1]
    shop.lab.kill_and_restart()
    assert shown() == before
    assert shop.get("/orders/7").event["routeKey"] == "GET /orders/{id}"
    assert shop.get("/prod/prod-later").event["routeKey"] == "ANY /{proxy+}"
