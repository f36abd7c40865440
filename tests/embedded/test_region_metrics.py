"""The services of a region publish into its CloudWatch."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from specs import function_spec

from tracing_lab.embedded.apigateway.model import StageAddress
from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.model import Invocation, Throttled
from tracing_lab.embedded.moto.adapter import MotoApp, backend
from tracing_lab.embedded.moto.metrics.reading import metric_statistics
from tracing_lab.embedded.server import Server

NAME = "eu-west-1"
FUNCTION = function_spec(
    "off", region=NAME, tracing_mode="PassThrough", role_arn="", reserved_concurrency=0
)


@asynccontextmanager
async def running(state_dir: Path) -> AsyncIterator[Server]:
    """Return a server that listens nowhere; its regions are closed at the end."""
    server = Server(state_dir, endpoint_url="http://127.0.0.1:9", token="t", idle_timeout_s=0.0)
    yield server
    await server.wait_until_stopped()


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    MotoApp().reset()


def make_api(server: Server) -> str:
    """Make an API whose stage has no methods."""
    api = backend("apigateway", NAME).create_rest_api("shop", "")
    api.create_deployment("prod", "")
    server.region(NAME).catalog.refresh()
    return str(api.id)


def total(namespace: str, name: str, **dimensions: str) -> float:
    """Return the sum of a metric over the last hour, as GetMetricStatistics does."""
    now = datetime.now(UTC)
    members = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "StartTime": now - timedelta(hours=1),
        "EndTime": now + timedelta(hours=1),
        "Period": 60,
        "Statistics": ["Sum"],
    }
    found = metric_statistics(members, backend("cloudwatch", NAME).metric_data)
    return sum(float(point["Sum"]) for point in found)


def test_what_happens_in_a_region_shows_in_its_metrics(state_dir: Path) -> None:
    async def scenario() -> None:
        async with running(state_dir) as server:
            region, api = server.region(NAME), make_api(server)
            address = StageAddress(api, "prod", "/nothing")
            await region.gateway.handle(HttpRequest("GET", "/prod/nothing"), address)
            with pytest.raises(Throttled):
                await region.functions.invoke(Invocation(FUNCTION, b"{}"))
            region.bus.counters.matched += 3

    asyncio.run(scenario())
    assert total("AWS/ApiGateway", "4XXError", ApiName="shop", Stage="prod") == 1
    assert total("AWS/Lambda", "Throttles", FunctionName="off") == 1
    assert total("AWS/Lambda", "Throttles") == 1  # across all functions
    assert total("AWS/Events", "MatchedEvents") == 3


def test_alarms_of_a_region_are_evaluated(state_dir: Path) -> None:
    async def scenario() -> None:
        async with running(state_dir) as server:
            server.region(NAME)  # which looks at the alarms when it is closed at the latest

    cloudwatch = backend("cloudwatch", NAME)
    cloudwatch.put_metric_alarm(
        "quiet", "N", "m", "GreaterThanThreshold", 1, 60, 1.0, "Sum", "", [], []
    )
    asyncio.run(scenario())
    assert cloudwatch.alarms["quiet"].state_value == "INSUFFICIENT_DATA"
