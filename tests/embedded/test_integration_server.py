"""Integrations that are no proxies on a running embedded AWS: mappings, services, traces."""

import json
import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rest_apis import ACCOUNT, LAMBDA, REGION, RestApis
from waiting import waited

PASS_ALL = """
##  See https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html
#set($allParams = $input.params())
{
"body-json" : $input.json('$'),
"params" : {
#foreach($type in $allParams.keySet())
    #set($params = $allParams.get($type))
"$type" : {
    #foreach($paramName in $params.keySet())
    "$paramName" : "$util.escapeJavaScript($params.get($paramName))"
        #if($foreach.hasNext),#end
    #end
}
    #if($foreach.hasNext),#end
#end
},
"stage-variables" : {
#foreach($key in $stageVariables.keySet())
"$key" : "$util.escapeJavaScript($stageVariables.get($key))"
    #if($foreach.hasNext),#end
#end
},
"context" : {
    "caller" : "$context.identity.caller",
    "stage" : "$context.stage",
    "source-ip" : "$context.identity.sourceIp",
    "resource-path" : "$context.resourcePath"
    }
}
"""
FAILING = """
def handler(event, context):
    raise ValueError("[BadRequest] no " + event.get("what", "stock"))
"""
SERVICES = f"arn:aws:apigateway:{REGION}"
FORM = {
    "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'",
}


@pytest.fixture(scope="module")
def apis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestApis]:
    with closing(RestApis(tmp_path_factory.mktemp("integrations"))) as apis:
        echo = apis.function("echo")
        role = apis.role(
            "caller", "apigateway.amazonaws.com", "sqs:*", "events:*", "sns:*", "dynamodb:*"
        )
        queue = apis.client("sqs").create_queue(QueueName="letters")["QueueUrl"]
        topic = apis.client("sns").create_topic(Name="news")["TopicArn"]
        _table(apis)
        _event_rule(apis, echo.split("/functions/")[1].removesuffix("/invocations"))
        _lambda_methods(apis, echo)
        template = "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"
        letters = apis.method("letters")
        apis.integrate(
            letters,
            uri=f"{SERVICES}:sqs:path/{ACCOUNT}/letters",
            credentials=role,
            requestParameters=FORM,
            requestTemplates={"application/json": template},
        )
        apis.respond(letters, "400", selectionPattern="4..")
        actions = apis.method(
            "actions", requestParameters={"method.request.querystring.text": True}
        )
        apis.integrate(
            actions,
            uri=f"{SERVICES}:sqs:action/SendMessage",
            credentials=role,
            requestParameters={
                "integration.request.querystring.MessageBody": "method.request.querystring.text",
                "integration.request.querystring.QueueUrl": f"'{queue}'",
            },
        )
        entry = {"Source": "api", "DetailType": "posted", "EventBusName": "default"}
        detail = (
            json.dumps(entry)[:-1] + ', "Detail": "$util.escapeJavaScript($input.json(\'$\'))"}'
        )
        apis.integrate(
            apis.method("events"),
            uri=f"{SERVICES}:events:action/PutEvents",
            credentials=role,
            requestTemplates={"application/json": f'{{"Entries": [{detail}]}}'},
        )
        apis.integrate(
            apis.method("news"),
            uri=f"{SERVICES}:sns:action/Publish",
            credentials=role,
            requestParameters={
                "integration.request.querystring.TopicArn": f"'{topic}'",
                "integration.request.querystring.Message": "method.request.body.text",
            },
        )
        item = '{"TableName": "orders", "Item": {"id": {"S": "$input.path(\'$.id\')"}}}'
        apis.integrate(
            apis.method("orders"),
            uri=f"{SERVICES}:dynamodb:action/PutItem",
            credentials=role,
            requestTemplates={"application/json": item},
        )
        weak = apis.role("weak", "apigateway.amazonaws.com", "sqs:ReceiveMessage")
        stranger = apis.role("stranger", "lambda.amazonaws.com", "sqs:*")
        for name, other in (("weak", weak), ("stranger", stranger)):
            where = apis.method(name)
            apis.integrate(
                where,
                uri=f"{SERVICES}:sqs:path/{ACCOUNT}/letters",
                credentials=other,
                requestParameters=FORM,
                requestTemplates={"application/json": template},
            )
            apis.respond(where, "403", selectionPattern="403")
        apis.deploy(variables={"shop": "north"})
        yield apis


def _table(apis: RestApis) -> None:
    apis.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def _event_rule(apis: RestApis, function_arn: str) -> None:
    events = apis.client("events")
    events.put_rule(Name="posted", EventPattern=json.dumps({"source": ["api"]}))
    events.put_targets(Rule="posted", Targets=[{"Id": "echo", "Arn": function_arn}])
    apis.functions.add_permission(
        FunctionName="echo",
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
    )


def _lambda_methods(apis: RestApis, echo: str) -> None:
    apis.integrate(apis.method("plain"), uri=echo)
    apis.integrate(apis.method("all"), uri=echo, requestTemplates={"application/json": PASS_ALL})
    strict = apis.method("strict")
    templates = {"application/json": '{"found": $input.json("$.a")}'}
    apis.integrate(strict, uri=echo, requestTemplates=templates, passthroughBehavior="NEVER")
    parameters = {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}
    apis.integrate(apis.method("later"), uri=echo, requestParameters=parameters)
    failing = apis.method("failing")
    apis.integrate(failing, uri=apis.function("failing", FAILING))
    apis.respond(
        failing,
        "400",
        selectionPattern=r"\[BadRequest\].*",
        responseParameters={
            "method.response.header.X-Stage": "context.stage",
            "method.response.header.X-Kind": "integration.response.body.errorType",
            "method.response.header.X-Fixed": "'yes'",
        },
        responseTemplates={"application/json": '{"problem": $input.json("$.errorMessage")}'},
    )
    override = """
#set($context.requestOverride.header.Ignored = "x")
#set($context.responseOverride.status = 418)
#set($context.responseOverride.header.X-Tea = "$input.path('$.kind')")
{"teapot": true}"""
    tea = apis.method("tea")
    apis.integrate(tea, uri=echo)
    apis.respond(tea, "200", responseTemplates={"application/json": override})
    nothing = apis.method("nothing")
    apis.gateway.put_integration(**nothing, type="AWS", integrationHttpMethod="POST", uri=echo)


def test_a_body_is_passed_on_and_the_result_back(apis: RestApis) -> None:
    response = apis.request("/plain", {"a": [1, "é"]})
    assert (response.status, response.json) == (200, {"a": [1, "é"]})
    assert response.headers["content-type"] == "application/json"
    assert apis.request("/plain").json == {}


def test_the_consoles_template_passes_everything_on(apis: RestApis) -> None:
    response = apis.request("/all?q=it's", {"a": 1}, headers={"X-Quote": 'say "hi"'})
    # JSON has no escaped single quotes, so Lambda refuses the event
    assert b"Could not parse request body into json" in response.body
    made = apis.request("/all?q=1", {"a": 1}, headers={"X-Quote": 'say "hi"'}).json
    assert made["body-json"] == {"a": 1}
    assert made["params"]["querystring"] == {"q": "1"}
    assert {name.lower(): one for name, one in made["params"]["header"].items()}[
        "x-quote"
    ] == 'say "hi"'
    assert made["stage-variables"] == {"shop": "north"}
    assert made["context"] == {
        "caller": "",
        "stage": "prod",
        "source-ip": "127.0.0.1",
        "resource-path": "/all",
    }


def test_a_type_without_a_template_may_be_refused(apis: RestApis) -> None:
    assert apis.request("/strict", {"a": {"b": 1}}).json == {"found": {"b": 1}}
    response = apis.request("/strict", b"<a/>", headers={"Content-Type": "text/xml"})
    assert (response.status, response.json) == (415, {"message": "Unsupported Media Type"})


def test_an_error_message_selects_the_response(apis: RestApis) -> None:
    response = apis.request("/failing", {"what": "paper"})
    assert (response.status, response.json) == (400, {"problem": "[BadRequest] no paper"})
    found = {name: response.headers[name] for name in ("x-stage", "x-kind", "x-fixed")}
    assert found == {"x-stage": "prod", "x-kind": "ValueError", "x-fixed": "yes"}


def test_a_template_may_override_the_response(apis: RestApis) -> None:
    response = apis.request("/tea", {"kind": "oolong"})
    assert (response.status, response.json) == (418, {"teapot": True})
    assert response.headers["x-tea"] == "oolong"


def test_without_any_response_it_is_a_configuration_error(apis: RestApis) -> None:
    response = apis.request("/nothing", {})
    assert (response.status, response.json) == (500, {"message": "Internal server error"})


def test_an_event_is_queued_and_traced(apis: RestApis) -> None:
    response, root = apis.traced("/later", {"n": 1})
    assert (response.status, response.body) == (200, b"")
    stage, *others = apis.segments(root, 3)
    (call,) = stage["subsegments"]
    assert (call["name"], call["http"]["response"]["status"]) == ("Lambda", 202)
    assert {one["origin"] for one in others} == {"AWS::Lambda", "AWS::Lambda::Function"}


def messages(apis: RestApis) -> list[Any]:
    sqs = apis.client("sqs")
    url = sqs.get_queue_url(QueueName="letters")["QueueUrl"]
    found = sqs.receive_message(
        QueueUrl=url, MessageSystemAttributeNames=["AWSTraceHeader"], MaxNumberOfMessages=10
    ).get("Messages", [])
    for one in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return list(found)


def test_a_queue_gets_the_body_and_the_trace(apis: RestApis) -> None:
    response, root = apis.traced("/letters", {"text": "a&b=c + d"})
    assert response.status == 200
    result = response.json["SendMessageResponse"]["SendMessageResult"]
    (message,) = messages(apis)
    assert json.loads(message["Body"]) == {"text": "a&b=c + d"}
    assert result["MessageId"] == message["MessageId"]
    (stage, *_others) = apis.segments(root, 1)
    (call,) = stage["subsegments"]
    assert (call["name"], call["namespace"]) == ("SQS", "aws")
    assert call["aws"]["operation"] == "SendMessage"
    assert call["aws"]["queue_url"].endswith(f"{ACCOUNT}/letters")
    header = f"Root={root};Parent={call['id']};Sampled=1"
    assert message["Attributes"]["AWSTraceHeader"] == header


def test_an_action_has_its_parameters_in_the_query(apis: RestApis) -> None:
    assert apis.request("/actions?text=hello", {}).status == 200
    (message,) = messages(apis)
    assert message["Body"] == "hello"


def test_events_are_put_and_traced_to_their_targets(apis: RestApis) -> None:
    response, root = apis.traced("/events", {"id": 7})
    assert response.json["FailedEntryCount"] == 0
    stage, *others = apis.segments(root, 3)
    (call,) = stage["subsegments"]
    assert (call["name"], call["aws"]["operation"]) == ("Events", "PutEvents")
    assert {one["name"] for one in others} >= {"echo"}


def test_topics_and_tables_are_called(apis: RestApis) -> None:
    published = apis.request("/news", {"text": "extra"}).json
    assert published["PublishResponse"]["PublishResult"]["MessageId"]
    assert apis.request("/orders", {"id": "o-1"}).json == {}
    key = {"id": {"S": "o-1"}}
    assert apis.client("dynamodb").get_item(TableName="orders", Key=key)["Item"] == key


def test_the_role_has_to_be_allowed_and_to_trust_api_gateway(apis: RestApis) -> None:
    weak = apis.request("/weak", {})
    assert weak.status == 403
    assert b"is not authorized to perform: sqs:SendMessage" in weak.body
    stranger = apis.request("/stranger", {})
    assert (stranger.status, stranger.json) == (500, {"message": "Internal server error"})
    assert messages(apis) == []


ECHO = f"{LAMBDA}/arn:aws:lambda:{REGION}:{ACCOUNT}:function:echo/invocations"
TEMPLATE = "requestTemplates"


@pytest.mark.parametrize(
    "settings, message",
    [
        ({TEMPLATE: {"application/json": "#macro(a)#end"}}, "directive #macro is not simulated"),
        ({TEMPLATE: {"application/json": "$input.xml('$')"}}, "$input.xml is not simulated"),
        ({TEMPLATE: {"application/json": "$input.json('a')"}}, "does not start with $"),
        ({TEMPLATE: {"application/json": "#if(true)"}}, "#if lacks its #end"),
        ({"requestParameters": {"integration.request.header.X": "header.X"}}, "header.X"),
        (
            {"requestParameters": {"integration.request.header.X": "method.request.header.Y"}},
            "Invalid mapping expression specified: method.request.header.Y",
        ),
        ({"uri": f"{SERVICES}:sqs:path/{ACCOUNT}/letters"}, "Role ARN must be specified"),
        ({"uri": f"{SERVICES}:kinesis:action/PutRecord"}, "Lambda, EventBridge, SQS, SNS and"),
        ({"type": "HTTP", "uri": "http://127.0.0.1"}, "type is not simulated"),
        (
            {"type": "AWS_PROXY", "uri": f"{SERVICES}:sqs:action/SendMessage"},
            "only supports Lambda",
        ),
    ],
)
def test_what_is_not_simulated_is_refused_when_it_is_put(
    apis: RestApis, settings: Any, message: str
) -> None:
    (where,) = [
        {"restApiId": apis.api_id, "resourceId": one["id"], "httpMethod": "POST"}
        for one in apis.gateway.get_resources(restApiId=apis.api_id, limit=500)["items"]
        if one["path"] == "/nothing"
    ]
    integration = {"type": "AWS", "integrationHttpMethod": "POST", "uri": ECHO, **settings}
    with pytest.raises(ClientError) as caught:
        apis.gateway.put_integration(**where, **integration)
    error = caught.value.response["Error"]
    assert error["Code"] == "BadRequestException"
    assert message in error["Message"]


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is for POSIX systems")
def test_integrations_survive_a_kill(apis: RestApis) -> None:
    apis.kill_and_start()
    assert apis.request("/failing", {"what": "ink"}).json == {"problem": "[BadRequest] no ink"}
    assert apis.request("/letters", {"text": "again"}).status == 200
    assert waited(lambda: messages(apis))[0]["Body"] == '{"text": "again"}'
