"""Function URLs on a running server: who may call, events, responses, aliases, traces, restarts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from archives import app_zip
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from http_lab import ACCOUNT, ECHO, REGION, HttpLab
from waiting import waited

from tracing_lab.xray_model.trace_ids import new_trace_id

FORBIDDEN = (
    b'{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: '
    b'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}'
)
ORIGIN = ("Origin", "https://shop.example")
CORS = {"AllowOrigins": ["*"], "AllowMethods": ["GET"], "MaxAge": 5, "ExposeHeaders": ["x-kind"]}


def let_everybody_call(lab: HttpLab, **more: Any) -> None:
    """Add the two permissions that a public URL needs."""
    for sid, action, condition in (
        ("url", "lambda:InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
        ("via", "lambda:InvokeFunction", {"InvokedViaFunctionUrl": True}),
    ):
        lab.functions.add_permission(
            FunctionName="echo", StatementId=sid, Action=action, Principal="*", **condition, **more
        )


def signed(url: str, keys: Credentials, service: str = "lambda") -> list[tuple[str, str]]:
    request = AWSRequest("GET", url)
    SigV4Auth(keys, service, REGION).add_auth(request)
    return [(name, value) for name, value in request.headers.items()]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpLab]:
    lab = HttpLab(tmp_path_factory.mktemp("urls"))
    yield lab
    lab.stop()


@pytest.fixture(scope="module")
def url(lab: HttpLab) -> str:
    """Return the public URL of the function."""
    made = lab.functions.create_function_url_config(FunctionName="echo", AuthType="NONE", Cors=CORS)
    assert lab.send(made["FunctionUrl"]).body == FORBIDDEN
    let_everybody_call(lab)
    return str(made["FunctionUrl"])


@pytest.fixture(scope="module")
def alias_url(lab: HttpLab) -> str:
    """Return the URL of an alias of the function, for requests that are signed."""
    lab.functions.publish_version(FunctionName="echo")
    lab.functions.create_alias(FunctionName="echo", Name="live", FunctionVersion="1")
    made = lab.functions.create_function_url_config(
        FunctionName="echo", Qualifier="live", AuthType="AWS_IAM"
    )
    return str(made["FunctionUrl"])


def test_both_permissions_are_needed(lab: HttpLab, url: str) -> None:
    assert lab.send(url).status == 200
    lab.functions.remove_permission(FunctionName="echo", StatementId="via")
    assert (lab.send(url).status, lab.send(url).body) == (403, FORBIDDEN)
    lab.functions.remove_permission(FunctionName="echo", StatementId="url")
    let_everybody_call(lab)
    assert lab.send(url).status == 200


def test_a_function_receives_the_event_with_the_path_as_it_was_sent(lab: HttpLab, url: str) -> None:
    reply = lab.send(f"{url}a%20b/?x=1&x=2", ("Cookie", "a=1"), method="POST", body=b"a=1")
    event = reply.event
    context = event["requestContext"]
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/a%20b/")
    assert (event["body"], event["isBase64Encoded"], event["cookies"]) == ("YT0x", True, ["a=1"])
    assert event["queryStringParameters"] == {"x": "1,2"}
    assert (context["accountId"], context["stage"]) == ("anonymous", "$default")
    assert "authorizer" not in context
    assert f"/{context['apiId']}/" in url
    assert context["requestId"] == reply.header("x-amzn-requestid")[0]


def test_responses(lab: HttpLab, url: str) -> None:
    cookies, inferred, failed = (
        lab.send(f"{url}{kind}") for kind in ("cookies", "infers", "fails")
    )
    assert (cookies.status, cookies.body) == (201, b"hi")
    assert cookies.header("Set-Cookie") == ["a=1", "b=2; Path=/"]
    assert (inferred.status, inferred.json) == (200, {"plain": True})
    assert (failed.status, failed.body) == (502, b"Internal Server Error")
    lab.functions.put_function_concurrency(FunctionName="echo", ReservedConcurrentExecutions=0)
    throttled = lab.send(url)
    lab.functions.delete_function_concurrency(FunctionName="echo")
    assert throttled.status == 429
    assert throttled.json["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_cors_is_answered_for_the_url_and_opens_nothing_else(lab: HttpLab, url: str) -> None:
    preflight = (ORIGIN, ("Access-Control-Request-Method", "GET"))
    reply = lab.send(url, *preflight, method="OPTIONS")
    assert (reply.status, reply.body) == (200, b"")
    assert reply.header("Access-Control-Allow-Origin") == ["*"]
    assert reply.header("Access-Control-Allow-Methods") == ["GET"]
    assert lab.send(url, ORIGIN).header("Access-Control-Expose-Headers") == ["x-kind"]
    for path in ("/2021-10-31/functions/echo/url", "/_aws/lambda-url", "/_embedded/health"):
        address = f"{lab.running.endpoint_url}{path}"
        assert lab.send(address, *preflight, method="OPTIONS").status == 403
    assert lab.send(url, host="evil.example").status == 403
    unknown = f"{lab.running.endpoint_url}/_aws/lambda-url/none/"
    assert lab.send(unknown).body == FORBIDDEN


def test_the_url_has_a_host_too_where_no_page_of_the_server_is(lab: HttpLab, url: str) -> None:
    url_id = url.rstrip("/").rpartition("/")[2]
    host = f"{url_id}.lambda-url.{REGION}.localhost:{lab.running.port}"
    assert lab.send("http://x/_embedded/health", ORIGIN, host=host).event["rawPath"] == (
        "/_embedded/health"
    )


def test_an_alias_has_a_url_of_its_own_for_callers_who_sign(lab: HttpLab, alias_url: str) -> None:
    assert lab.send(alias_url).body == FORBIDDEN
    mine = Credentials("mine", "key")
    assert lab.send(alias_url, *signed(alias_url, mine, "sqs")).status == 403
    reply = lab.send(alias_url, *signed(alias_url, mine))
    assert reply.json["arn"] == f"{lab.arn}:live"
    assert reply.event["requestContext"]["accountId"] == ACCOUNT
    iam = reply.event["requestContext"]["authorizer"]["iam"]
    assert (iam["accessKey"], iam["accountId"]) == ("mine", ACCOUNT)
    listed = lab.functions.list_function_url_configs(FunctionName="echo")["FunctionUrlConfigs"]
    assert alias_url in [config["FunctionUrl"] for config in listed]


def test_a_role_may_call_what_its_policies_allow(lab: HttpLab, alias_url: str) -> None:
    condition = {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    statements: list[dict[str, Any]] = [
        {
            "Effect": "Allow",
            "Action": "lambda:InvokeFunctionUrl",
            "Resource": f"{lab.arn}:live",
            "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}},
        },
        {
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": "*",
            "Condition": condition,
        },
    ]
    replies = {}
    for name, allowed in (("caller", statements), ("stranger", statements[:1])):
        role_arn = lab.role(name, allowed)
        made = lab.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="caller")[
            "Credentials"
        ]
        keys = Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
        replies[name] = lab.send(alias_url, *signed(alias_url, keys))
    assert replies["stranger"].body == FORBIDDEN
    iam = replies["caller"].event["requestContext"]["authorizer"]["iam"]
    assert iam["userArn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/caller/caller"


def test_the_function_is_the_root_of_the_trace(lab: HttpLab, url: str) -> None:
    root = new_trace_id()
    reply = lab.send(url, ("X-Amzn-Trace-Id", f"Root={root};Sampled=1"))
    assert reply.header("X-Amzn-Trace-Id") == [f"Root={root};Sampled=1"]
    documents = lab.documents(root)
    assert [one["origin"] for one in documents if "parent_id" not in one] == ["AWS::Lambda"]


def test_requests_are_counted(lab: HttpLab, url: str) -> None:
    lab.send(url)
    assert waited(lambda: lab.metric("AWS/Lambda", "UrlRequestCount", FunctionName="echo")) >= 1


def test_settings_are_changed_and_refused(lab: HttpLab, url: str) -> None:
    functions = lab.functions
    with pytest.raises(ClientError, match="RESPONSE_STREAM is not simulated: responses are"):
        functions.update_function_url_config(FunctionName="echo", InvokeMode="RESPONSE_STREAM")
    with pytest.raises(functions.exceptions.ResourceConflictException):
        functions.create_function_url_config(FunctionName="echo", AuthType="NONE")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function_url_config(FunctionName="echo", Qualifier="none")
    changed = functions.update_function_url_config(
        FunctionName="echo", Cors={**CORS, "AllowOrigins": ["https://a.example"]}
    )
    assert changed["AuthType"] == "NONE"
    reply = lab.send(url, ORIGIN)
    assert (reply.status, reply.header("Access-Control-Allow-Origin")) == (200, [])
    functions.update_function_url_config(FunctionName="echo", Cors=CORS)


def test_a_changed_function_keeps_its_url(lab: HttpLab, url: str) -> None:
    lab.functions.update_function_configuration(FunctionName="echo", Timeout=11)
    lab.functions.update_function_code(FunctionName="echo", ZipFile=app_zip(ECHO))
    assert lab.send(f"{url}changed").event["rawPath"] == "/changed"


def test_a_killed_server_has_the_same_urls_again(lab: HttpLab, url: str) -> None:
    before = lab.functions.list_function_url_configs(FunctionName="echo")["FunctionUrlConfigs"]
    lab.kill_and_restart()
    after = lab.functions.list_function_url_configs(FunctionName="echo")["FunctionUrlConfigs"]
    shown = [[(one["FunctionUrl"], one["AuthType"]) for one in each] for each in (before, after)]
    assert shown[0] == shown[1] != []
    assert lab.send(f"{url}again").event["rawPath"] == "/again"
    statements = json.loads(lab.functions.get_policy(FunctionName="echo")["Policy"])["Statement"]
    assert statements[0]["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
    lab.functions.delete_function_url_config(FunctionName="echo")
    assert lab.send(url).body == FORBIDDEN
