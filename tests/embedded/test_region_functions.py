"""Settings of the server reach the functions of its regions."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from api_calls import xray_call
from archives import app_zip
from specs import function_spec

from tracing_lab.embedded.functions import FunctionSettings, SegmentLayout
from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.model import Invocation
from tracing_lab.embedded.server import Server
from tracing_lab.embedded.xray.store.intake import KeptDocument, documents_in
from tracing_lab.xray_model.trace_header import TraceHeader

NAME = "eu-west-1"
ROOT = "1-6b042ac0-5d09aa705e56bbd015254801"
FUNCTION = function_spec("f", region=NAME, timeout_s=9, role_arn="", revision="1")


@pytest.mark.parametrize(
    "layout, children",
    [
        (SegmentLayout.INVOCATION, {"Initialization", "Invocation"}),
        (SegmentLayout.FLAT, {"Init"}),
    ],
)
def test_the_layout_of_segments_is_a_setting(
    tmp_path: Path, layout: SegmentLayout, children: set[str]
) -> None:
    function = replace(FUNCTION, code_zip=app_zip("def handler(event, context): return 1"))

    async def scenario() -> Any:
        server = Server(
            tmp_path,
            endpoint_url="http://127.0.0.1:9",
            token="t",
            idle_timeout_s=0.0,
            function_settings=FunctionSettings(layout=layout),
        )
        region = server.region(NAME)
        header = TraceHeader(ROOT, sampled=True)
        await region.functions.invoke(Invocation(function, b"{}", header))
        await region.functions.close()  # what is left to be sent is sent
        answer = region.xray.handle(xray_call("/Traces", json.dumps({"TraceIds": [ROOT]}).encode()))
        await server.wait_until_stopped()
        return json.loads(answer.body)["Traces"][0]["Segments"]

    documents = [json.loads(one["Document"]) for one in asyncio.run(scenario())]
    (segment,) = [one for one in documents if one["origin"] == "AWS::Lambda::Function"]
    found = {one["name"] for one in segment["subsegments"]}
    assert found - {"Overhead"} == children  # there is none when the end comes before it


def test_what_an_answer_tells_of_is_on_the_disk_before_it(tmp_path: Path) -> None:
    def on_disk() -> list[KeptDocument]:
        paths = tmp_path.glob("*/xray/intake-*")
        return [document for path in paths for document in documents_in(path)]

    async def scenario() -> list[KeptDocument]:
        server = Server(tmp_path, endpoint_url="http://127.0.0.1:9", token="t", idle_timeout_s=0.0)
        xray = server.region(NAME).xray
        with xray._store._writer._turn:  # so that no commit writes it down beside
            xray.prepare({"id": "a"})
            assert on_disk() == []
            await server._answer(HttpRequest("GET", "/anything"))
            found = on_disk()
        await server.wait_until_stopped()
        return found

    assert asyncio.run(scenario()) == [(b'{"id":"a"}', True)]
