"""Our runtime client behaves as AWS's does: the same scenarios through both."""

import importlib.util
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tracing_lab.embedded.functions import Functions, RuntimeClient
from tracing_lab.embedded.functions.runtime.programs import resolved_client
from tracing_lab.embedded.model import FunctionSpec, Invocation

Make = Callable[..., FunctionSpec]
Invoke = Callable[..., Invocation]
Lab = Any

HAS_AWS_CLIENT = importlib.util.find_spec("runtime_client") is not None
NEEDS_AWS_CLIENT = pytest.mark.skipif(not HAS_AWS_CLIENT, reason="awslambdaric is for Linux only")

HANDLERS = """
import collections, decimal, json, logging, os, sys

def context(event, context):
    context.log("through context")
    return {
        "request": context.aws_request_id, "name": context.function_name,
        "version": context.function_version, "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb, "group": context.log_group_name,
        "stream": context.log_stream_name, "identity": context.identity.cognito_identity_id,
        "custom": context.client_context and context.client_context.custom,
        "app": context.client_context and context.client_context.client.app_title,
        "w3c": context.w3c(), "tenant": context.tenant_id,
        "remaining": 0 < context.get_remaining_time_in_millis() <= 10_000,
    }

def values(event, context):
    Point = collections.namedtuple("Point", "x y")
    numbers = {"d": decimal.Decimal("1.10"), "n": decimal.Decimal("NaN"), "f": 0.1}
    return {"p": Point(1, (2, 3)), "b": b"b", "u": "gr\\u00fc\\u00df", 1: None, **numbers}

def raw(event, context):
    return b"\\x00raw"

def unserialisable(event, context):
    return {"s": {1}}

class Refused(Exception):
    pass

def nested(event, context):
    def deep():
        raise Refused("first\\n second")
    deep()

def silent(event, context):
    raise Refused

def logs(event, context):
    logging.getLogger("a").warning("one\\ntwo %s", 3)
    print("printed")
    logging.error("last")

def stray(event, context):
    os._exit(7)

def leaves(event, context):
    sys.exit("bye")
"""


class Seen:
    """What a run of a scenario looks like from outside, without what differs from run to run."""

    def __init__(self, lab: Lab, result: Any) -> None:
        text = result.payload.decode(errors="replace")
        self.payload = self._neutral(lab, text)
        self.error = result.function_error
        self.messages = [self._neutral(lab, one) for one in lab.messages[1:-1]]
        self.causes = [self._neutral(lab, json.dumps(one.get("cause"))) for one in lab.runs]

    @staticmethod
    def _neutral(lab: Lab, text: str) -> str:
        text = text.replace(str(lab.work_dir), "DIR")
        text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "REQUEST", text)
        text = re.sub(r"[0-9a-f]{16,32}", "ID", text)
        return re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME", text)


def seen(lab: Lab, call: Invocation, until: Any, client: str) -> Seen:
    """Run one scenario through a client."""
    lab.segments.clear()
    lab.logs.clear()

    async def scenario(functions: Functions) -> Any:
        result = await functions.invoke(call)
        await until(lambda: not lab.in_progress)
        return result

    return Seen(lab, lab.run(scenario, runtime_client=client))


@NEEDS_AWS_CLIENT
@pytest.mark.parametrize("runtime", ["python3.11", "python3.13"])
@pytest.mark.parametrize(
    "handler",
    ["context", "values", "raw", "unserialisable", "nested", "silent", "logs", "stray", "leaves"],
)
def test_both_clients_answer_log_and_report_alike(
    lab: Lab, function: Make, invocation: Invoke, until: Any, handler: str, runtime: str
) -> None:
    context = '{"custom": {"a": 1}, "client": {"app_title": "t"}, "w3c": {"traceparent": "tp"}}'
    spec = function(HANDLERS, handler=f"app.{handler}", runtime=runtime)
    call = invocation(spec, b'{"a": [1, 2.5, null]}', client_context=context)
    aws, ours = (seen(lab, call, until, client) for client in ("awslambdaric", "builtin"))
    assert vars(ours) == vars(aws)
    assert len(ours.payload) > 3


@NEEDS_AWS_CLIENT
@pytest.mark.parametrize(
    "handler, source",
    [
        ("app.handler", "import nothing_there"),
        ("app.handler", "raise RuntimeError('at import')"),
        ("app.handler", "x = [\n"),
        ("app.handler", "x = 1"),
        ("app", "x = 1"),
        ("sys.exit", ""),
        ("nothing.handler", ""),
        ("app.handler", "print('half'); raise SystemExit(4)"),
    ],
)
def test_both_clients_fail_at_init_alike(
    lab: Lab, function: Make, invocation: Invoke, until: Any, handler: str, source: str
) -> None:
    call = invocation(function(source, handler=handler))
    aws, ours = (seen(lab, call, until, client) for client in ("awslambdaric", "builtin"))
    warning = [one for one in aws.messages if "LAMBDA_WARNING" in one]
    aws.messages = [one for one in aws.messages if one not in warning]
    assert vars(ours) == vars(aws)


@NEEDS_AWS_CLIENT
def test_both_clients_report_an_event_that_is_no_json_alike(
    lab: Lab, function: Make, invocation: Invoke, until: Any
) -> None:
    call = invocation(function(HANDLERS, handler="app.values"), b"{no json")
    aws, ours = (seen(lab, call, until, client) for client in ("awslambdaric", "builtin"))
    assert json.loads(ours.payload)["errorType"] == "Runtime.UnmarshalError"
    assert json.loads(aws.payload)["errorType"] == "Runtime.UnmarshalError"


@pytest.mark.parametrize(
    "client", [pytest.param("awslambdaric", marks=NEEDS_AWS_CLIENT), "builtin"]
)
def test_a_large_event_and_answer_pass(lab: Lab, function: Make, client: str) -> None:
    echo = "def handler(event, context):\n    return event\n"
    payload = json.dumps("x" * 5_000_000).encode()
    assert lab.invoke(function(echo), payload, runtime_client=client).payload == payload


@pytest.mark.parametrize(
    "client", [pytest.param("awslambdaric", marks=NEEDS_AWS_CLIENT), "builtin"]
)
def test_a_deep_recursion_still_gives_a_document_of_fitting_size(
    lab: Lab, function: Make, client: str
) -> None:
    source = "def handler(event, context):\n    return handler(event, context)\n"
    lab.invoke(function(source), runtime_client=client)
    (run,) = lab.runs
    assert run["cause"]["exceptions"][0]["type"] == "RecursionError"
    assert len(json.dumps(run)) < 64_000


def test_auto_takes_awss_client_where_it_is_installed() -> None:
    expected = RuntimeClient.AWSLAMBDARIC if HAS_AWS_CLIENT else RuntimeClient.BUILTIN
    assert resolved_client("auto") is expected
