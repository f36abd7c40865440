"""Deployments that take longer than their calls wait."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from tracing_lab.embedded.cloudformation.service import CloudFormation
from tracing_lab.embedded.cloudformation.store import StackStore
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse, json_response
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.query import with_form_members
from tracing_lab.embedded.protocol.service_models import operation_model
from tracing_lab.embedded.protocol.signature import SigningScope

REGION, ACCOUNT = "ap-northeast-2", "123456789012"
BODY = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})

MORE = json.dumps(
    {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}, "Two": {"Type": "AWS::SQS::Queue"}}}
)


def call_of(operation: str, members: Mapping[str, str]) -> ApiCall:
    form = urlencode({"Action": operation, **members}).encode()
    scope = SigningScope("key", REGION, "cloudformation")
    call = ApiCall(HttpRequest("POST", "/", body=form), scope, "cloudformation", operation, "query")
    return with_form_members(call, operation_model("cloudformation", operation))


async def answer(service: CloudFormation, operation: str, **members: str) -> str:
    return (await service.handle(call_of(operation, members))).body.decode()


class SlowQueues:
    """SQS that responds when it is allowed to."""

    def __init__(self) -> None:
        self.allowed = asyncio.Event()

    async def send(self, _: HttpRequest) -> HttpResponse:
        await self.allowed.wait()
        return json_response(200, {"QueueUrl": "http://queue"})


def test_a_call_returns_while_its_stack_is_made(tmp_path: Path) -> None:
    async def scenario() -> list[str]:
        queues = SlowQueues()
        service = CloudFormation(tmp_path, account_id=ACCOUNT, send=queues.send, wait_s=0)
        answers = [
            await answer(service, "CreateStack", StackName="s", TemplateBody=BODY),
            await answer(service, "DescribeStacks", StackName="s"),
            await answer(service, "UpdateStack", StackName="s", TemplateBody=BODY),
            await answer(service, "DeleteStack", StackName="s"),
        ]
        queues.allowed.set()
        await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})
        answers.append(await answer(service, "DescribeStacks", StackName="s"))
        await service.close()
        return answers

    created, described, updated, deleted, ended = asyncio.run(scenario())
    assert f"<StackId>arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/s/" in created
    assert "<StackStatus>CREATE_IN_PROGRESS</StackStatus>" in described
    assert "is in CREATE_IN_PROGRESS state and can not be updated" in updated
    assert "is in CREATE_IN_PROGRESS state and can not be deleted" in deleted
    assert "<StackStatus>CREATE_COMPLETE</StackStatus>" in ended


def test_a_server_that_ends_leaves_a_stack_that_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        service = CloudFormation(tmp_path, account_id=ACCOUNT, send=SlowQueues().send, wait_s=0)
        await answer(service, "CreateStack", StackName="s", TemplateBody=BODY)
        await asyncio.sleep(0)
        await service.close()

    asyncio.run(scenario())
    store = StackStore(tmp_path)
    stack = store.find(REGION, "s")
    store.close()
    assert stack is not None
    assert (stack.status, "ended meanwhile" in str(stack.reason)) == ("CREATE_FAILED", True)


def test_of_two_calls_for_one_stack_one_is_rejected(tmp_path: Path) -> None:
    async def scenario() -> list[list[str]]:
        queues = SlowQueues()
        queues.allowed.set()
        service = CloudFormation(tmp_path, account_id=ACCOUNT, send=queues.send)
        change_set = {"StackName": "c", "ChangeSetName": "one", "ChangeSetType": "CREATE"}
        calls = [
            ("CreateStack", {"StackName": "s", "TemplateBody": BODY}),
            ("CreateChangeSet", {**change_set, "TemplateBody": BODY}),
            ("ExecuteChangeSet", {"StackName": "c", "ChangeSetName": "one"}),
            ("UpdateStack", {"StackName": "s", "TemplateBody": MORE}),
        ]
        answers = [
            list(await asyncio.gather(*(answer(service, name, **members) for _ in range(2))))
            for name, members in calls
        ]
        await service.close()
        return answers

    for both in asyncio.run(scenario()):
        assert ["<Error>" in each for each in both] in ([False, True], [True, False]), both


def test_a_reset_stops_deployments(tmp_path: Path) -> None:
    async def scenario() -> str:
        queues = SlowQueues()
        service = CloudFormation(tmp_path, account_id=ACCOUNT, send=queues.send, wait_s=0)
        await answer(service, "CreateStack", StackName="s", TemplateBody=BODY)
        await service.reset()
        queues.allowed.set()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others
        found = await answer(service, "DescribeStacks")
        await service.close()
        return found

    assert "<StackStatus>" not in asyncio.run(scenario())
